import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode } from "@temporalio/worker";
import { describe, expect, it } from "vitest";
import { importProblem, importTable } from "../../scripts/import-table.js";

const SOURCE = fileURLToPath(new URL("../../src/", import.meta.url));
const quiet = { logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} } };

describe("the import table", () => {
  it.each([
    ["domain/x.ts", "node:fs", false],
    ["domain/x.ts", "../database/pool.ts", true],
    ["workflows/x.ts", "../activities/send.ts", false],
    ["workflows/x.ts", "node:crypto", false],
    ["workflows/x.ts", "@temporalio/client", false],
    ["activities/x.ts", "../database/pool.ts", false],
    ["activities/x.ts", "../workflows/notification.ts", false],
    ["api/routes/x.ts", "../../database/pool.ts", false],
    ["api/routes/x.ts", "../../config.ts", true],
    ["providers/x.ts", "../database/pool.ts", true],
    ["rendering/x.ts", "node:fs", false],
  ])("refuses %s → %s (types only: %s)", (importer, source, onlyTypes) => {
    expect(importProblem(importer, source, onlyTypes)).toContain("may");
  });

  it.each([
    ["domain/x.ts", "./channel.ts", false],
    ["workflows/x.ts", "../activities/send.ts", true],
    ["workflows/x.ts", "../domain/status.ts", false],
    ["activities/x.ts", "../database/pool.ts", true],
    ["activities/x.ts", "../workflows/contract.ts", false],
    ["api/routes/x.ts", "../../database/users.ts", true],
    ["api/server.ts", "../database/pool.ts", false],
    ["dev/main.ts", "../database/migrate.ts", false],
    ["database/x.ts", "@prisma/adapter-pg", false],
  ])("allows %s → %s (types only: %s)", (importer, source, onlyTypes) => {
    expect(importProblem(importer, source, onlyTypes)).toBeNull();
  });

  it("has a row for every folder of src/ that does not compose the others", () => {
    const composing = ["workers", "sandbox", "dev", "process"];
    const folders = readdirSync(SOURCE, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
    expect(folders.filter((name) => !composing.includes(name)).toSorted()).toEqual(Object.keys(importTable).toSorted());
  });
});

describe("the environment", () => {
  it("is read by the configuration only, and handed to it by entry points", () => {
    const readers = ["config.ts", "dev/launcher-config.ts"];
    const passesItOn = /\b(loadConfig|launch)\([^)]*process\.env/g;
    const offenders = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((file) => {
      if (!file.endsWith(".ts") || /\.(test|harness)\.ts$/.test(file) || file.includes("generated/")) return false;
      return (
        !readers.includes(file) &&
        readFileSync(SOURCE + file, "utf8")
          .replace(passesItOn, "")
          .includes("process.env")
      );
    });
    expect(offenders).toEqual([]);
  });
});

describe("the workflow bundle", () => {
  it("holds the workflows", async () => {
    const { code } = await bundleWorkflowCode({ workflowsPath: `${SOURCE}workflows/index.ts`, ...quiet });
    expect(code.length).toBeGreaterThan(0);
  });

  it("is refused when anything in it reaches for the outside, however far away", async () => {
    const workflowsPath = fileURLToPath(new URL("fixtures/impure-workflow.ts", import.meta.url));
    await expect(bundleWorkflowCode({ workflowsPath, ...quiet })).rejects.toThrow(/Webpack finished with errors/);
  });
});
