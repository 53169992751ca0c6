import { DefaultLogger, Runtime, Worker, type WorkflowBundle } from "@temporalio/worker";
import { createDataConverter } from "../../src/temporal/data-converter.ts";
import { bundleWorkflows } from "../../src/workers/workflow-code.ts";
import { TEST_PAYLOAD_KEY } from "./payload-key.ts";

export const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };
Runtime.install({ logger: new DefaultLogger("ERROR") });

let bundle: Promise<WorkflowBundle> | undefined;

/**
 * Runs a history on the workflow code of today, or on `workflowBundle`.
 * @throws {DeterminismViolationError} where the code would have done something else
 */
export async function replay(history: unknown, workflowBundle?: WorkflowBundle): Promise<void> {
  bundle ??= bundleWorkflows(quiet);
  const dataConverter = createDataConverter([TEST_PAYLOAD_KEY]);
  await Worker.runReplayHistory({ workflowBundle: workflowBundle ?? (await bundle), dataConverter }, history);
}
