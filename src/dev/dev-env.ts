import { join } from "node:path";
import { readIfPresent, writePrivateFile } from "./private-file.ts";

const PLAIN = /^[\w./:@%+,-]*$/;

/** The file that tells shells how to reach the running stack. */
export function devEnvFile(stateDirectory: string): string {
  return join(stateDirectory, "dev.env");
}

/** Writes KEY=value lines that `set -a; . .tidings/dev.env; set +a` reads; null values are left out. */
export function writeDevEnv(file: string, variables: Record<string, string | null>): void {
  const lines = Object.entries(variables)
    .filter((entry): entry is [string, string] => entry[1] !== null)
    .map(([name, value]) => `${name}=${PLAIN.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`}`);
  writePrivateFile(
    file,
    `# Written by npm start. Use it with: set -a; . .tidings/dev.env; set +a\n${lines.join("\n")}\n`,
  );
}

/** The key that an earlier start wrote, or null. */
export function lastKey(file: string): string | null {
  return readIfPresent(file)?.match(/^TIDINGS_KEY=(\S+)$/m)?.[1] ?? null;
}
