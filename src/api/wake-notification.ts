import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import type { Logger } from "../observability/log.ts";
import { wakeSignal } from "../workflows/contract.ts";

const SIGNAL_DEADLINE_MS = 2_000;

/**
 * Makes the workflow look at its row again. What was answered stands on the row already, so a Temporal that is away only
 * delays what the workflow does about it. A workflow that has ended needs no waking.
 */
export async function wakeNotification(deps: { client: Client; log: Logger }, workflowId: string): Promise<void> {
  try {
    await deps.client.connection.withDeadline(Date.now() + SIGNAL_DEADLINE_MS, () =>
      deps.client.workflow.getHandle(workflowId).signal(wakeSignal),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return;
    deps.log.warn({ workflowId, error: (error as Error).message }, "a notification could not be woken");
  }
}
