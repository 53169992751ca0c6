import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** Replaces a file at once, readable by its owner only: a reader sees the old content or the new, never a part. */
export function writePrivateFile(file: string, content: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, file);
}

/** The content, or null where there is no such file; one in /proc may also be gone between being opened and read. */
export function readIfPresent(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}
