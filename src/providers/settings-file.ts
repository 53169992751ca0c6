import { readFileSync } from "node:fs";

/**
 * The text of a file that a setting names.
 * @throws Error in one sentence that names the variable and the file
 */
export function readSettingsFile(variable: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new Error(`${variable} cannot be read (${reason}): ${file}`, { cause: error });
  }
}
