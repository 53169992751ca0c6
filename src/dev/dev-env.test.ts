import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { devEnvFile, lastKey, writeDevEnv } from "./dev-env.ts";

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tidings-dev-env-"));
  file = devEnvFile(directory);
});
afterEach(() => rmSync(directory, { recursive: true }));

const readByShell = (name: string) =>
  execFileSync("sh", ["-c", `set -a; . "$1"; set +a; printenv ${name}`, "sh", file], { encoding: "utf8" });

describe("dev.env", () => {
  it.each(["http://127.0.0.1:3000", "tk_a-b.c_d", "/a folder/it's $HOME/temporal"])("gives a shell %j", (value) => {
    writeDevEnv(file, { SOME_VALUE: value, ABSENT: null });
    expect(readByShell("SOME_VALUE")).toBe(`${value}\n`);
  });

  it("is readable by its owner only", () => {
    writeDevEnv(file, { TIDINGS_KEY: "a.b" });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("remembers the key for the next start", () => {
    expect(lastKey(file)).toBeNull();
    writeDevEnv(file, { TIDINGS_URL: "http://x", TIDINGS_KEY: "tk_a.b-c", OTHER: "1" });
    expect(lastKey(file)).toBe("tk_a.b-c");
  });
});
