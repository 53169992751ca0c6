import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** A program that npm does not bring, by the name of the Debian package that does; null where it is not installed. */
export type OutsideTool = { name: string; path: string | null };

/** The first of these programs that is on the PATH, or in one of the folders where Debian keeps what is not. */
export function findProgram(names: readonly string[], folders: readonly string[] = []): string | null {
  const places = [...(process.env.PATH ?? "").split(delimiter), ...folders];
  const candidates = names.flatMap((name) => places.map((place) => join(place, name)));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // not in this folder
  }
}
