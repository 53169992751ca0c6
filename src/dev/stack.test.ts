import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { searchAttributes } from "../workflows/contract.ts";
import { readStack, withFlags } from "./stack.ts";

const FILE = fileURLToPath(new URL("../../temporal-dev.yml", import.meta.url));
const SPELLINGS: Record<string, string> = { KEYWORD: "Keyword", KEYWORD_LIST: "KeywordList" };

describe("temporal-dev.yml", () => {
  it("gives the launcher the usual ports", () => {
    const { api, sandbox, postgres, temporal } = readStack(FILE);
    expect({ api: api.port, sandbox: sandbox.port, postgres: postgres.port }).toEqual({
      api: 3000,
      sandbox: 3001,
      postgres: 5432,
    });
    expect([temporal.port, temporal.uiPort]).toEqual([7233, 8233]);
  });

  it("registers exactly the search attributes that the code uses", () => {
    const used = Object.values(searchAttributes).map(({ name, type }) => [name, SPELLINGS[type]]);
    expect(readStack(FILE).temporal.searchAttributes).toEqual(Object.fromEntries(used));
  });

  it("switches on what priorities and fresh backlog figures need", () => {
    expect(readStack(FILE).temporal.arguments).toEqual(
      expect.arrayContaining([
        "--dynamic-config-value=matching.useNewMatcher=true",
        '--dynamic-config-value=matching.TaskQueueInfoByBuildIdTTL="0s"',
      ]),
    );
  });
});

describe("readStack", () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "tidings-stack-"))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it("names the part of the file that it cannot read", () => {
    const file = join(directory, "stack.yml");
    writeFileSync(file, "services:\n  postgres: {environment: {POSTGRES_USER: a}, ports: [5432:5432]}\n");
    expect(() => readStack(file)).toThrow(/services\.postgres\.environment\.POSTGRES_DB/);
    expect(() => readStack(file)).toThrow(/must be published as 127\.0\.0\.1/);
  });
});

describe("withFlags", () => {
  it("replaces, adds and takes away", () => {
    const command = ["server", "--port=1", "--portal=2", "--ip=0.0.0.0"];
    expect(withFlags(command, { port: "9", ip: null, "db-filename": "/x y" })).toEqual([
      "server",
      "--portal=2",
      "--port=9",
      "--db-filename=/x y",
    ]);
  });
});
