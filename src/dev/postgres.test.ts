import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LauncherError } from "./launcher-error.ts";
import { prepareEmbeddedPostgres } from "./postgres.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tidings-postgres-"));
  mkdirSync(join(directory, "data"));
  writeFileSync(join(directory, "postgres-password"), "p");
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const prepare = () =>
  prepareEmbeddedPostgres({
    home: { data: join(directory, "data"), binaries: directory, user: null },
    port: 5432,
    account: { user: "tidings", database: "tidings" },
    stateDirectory: directory,
    logFile: join(directory, "log"),
    environment: {},
    say: () => undefined,
  });

describe("the embedded PostgreSQL", () => {
  it("is reached without TLS, whatever the shell asks of PostgreSQL", async () => {
    writeFileSync(join(directory, "data", "PG_VERSION"), "18\n");
    expect((await prepare()).url).toBe("postgres://tidings:p@127.0.0.1:5432/tidings?sslmode=disable");
  });

  it.each([
    ["it has no file PG_VERSION", null],
    ["it is of PostgreSQL 17, not 18", "17\n"],
  ])("is refused in one sentence where %s", async (problem, version) => {
    if (version !== null) writeFileSync(join(directory, "data", "PG_VERSION"), version);
    const failure = await prepare().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LauncherError);
    expect((failure as Error).message).toContain(`cannot be opened (${problem}): delete the folder`);
  });
});
