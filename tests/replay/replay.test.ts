import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode } from "@temporalio/worker";
import { DeterminismViolationError } from "@temporalio/workflow";
import { describe, expect, it } from "vitest";
import { FAILURE_CONVERTER_PATH } from "../../src/temporal/data-converter.ts";
import { quiet, replay } from "../support/replay.ts";

// Every history that a version of this service has written must replay on the code of today: notifications that wait
// for months are carried on by it. Histories are added, never edited (see tests/integration/workflow-paths.test.ts).
const HISTORIES = fileURLToPath(new URL("histories/", import.meta.url));
const files = readdirSync(HISTORIES, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".json"));

const historyIn = (file: string): unknown => JSON.parse(readFileSync(HISTORIES + file, "utf8"));

describe("the histories of earlier versions", () => {
  it("are there", () => {
    expect(files.length).toBeGreaterThan(0);
  });

  it.each(files)("replay: %s", async (file) => {
    await replay(historyIn(file));
  });
});

describe("a workflow that does something else than before", () => {
  it("is caught", async () => {
    const workflowsPath = fileURLToPath(new URL("../guards/fixtures/changed-workflow.ts", import.meta.url));
    const changed = await bundleWorkflowCode({
      workflowsPath,
      failureConverterPath: FAILURE_CONVERTER_PATH,
      logger: quiet,
    });
    const history = historyIn(files.find((file) => file.endsWith("one-channel.json")) ?? "");
    await expect(replay(history, changed)).rejects.toThrow(DeterminismViolationError);
  });
});
