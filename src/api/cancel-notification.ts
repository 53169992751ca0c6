import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import type { Cancellations } from "../database/cancellations.ts";
import type { NotificationViews } from "../database/notification-views.ts";
import type { NotificationKey } from "../domain/notification-id.ts";
import type { Logger } from "../observability/log.ts";
import { cancelSignal, type CancelResult, cancelUpdate, notificationWorkflowId } from "../workflows/contract.ts";
import { ApiError, noSuch } from "./errors.ts";
import { describeNotification } from "./running-notification.ts";
import { isUpdateUnanswered } from "./update-unanswered.ts";

export type CancelDependencies = {
  client: Client;
  cancellations: Cancellations;
  views: NotificationViews;
  log: Logger;
};

/** How long a notification without a row may take to be admitted and answer. */
const UPDATE_DEADLINE_MS = 3_000;
const SIGNAL_DEADLINE_MS = 2_000;

/**
 * Cancels on the row, which decides the race against every attempt, and then wakes the workflow. Before there is a row
 * the workflow is asked, which admits first. Repeatable, with the same answer.
 * @throws {ApiError} 404 where nobody knows the notification, 503 where it could not be decided in time
 */
export async function cancelNotification(deps: CancelDependencies, key: NotificationKey): Promise<CancelResult> {
  const answer = await cancelRow(deps, key);
  if (answer !== null) {
    await wake(deps, answer.workflowId);
    return answer.result;
  }
  try {
    return await deps.client.connection.withDeadline(Date.now() + UPDATE_DEADLINE_MS, () =>
      deps.client.workflow.getHandle(notificationWorkflowId(key)).executeUpdate(cancelUpdate),
    );
  } catch (error) {
    // The workflow ended between our two looks, or another one owns the event ID: then there is a row by now.
    const row = await cancelRow(deps, key);
    if (row !== null) return row.result;
    // Known to Temporal, but ended before it was admitted: repair takes it up within a minute.
    const known = error instanceof WorkflowNotFoundError && (await describeNotification(deps.client, key)) !== null;
    if (error instanceof WorkflowNotFoundError && !known) throw noSuch("notification");
    if (known || isUpdateUnanswered(error)) {
      throw new ApiError("unavailable", {
        detail: "The notification has not been admitted yet.",
        retryAfterSeconds: 1,
      });
    }
    throw error;
  }
}

async function cancelRow(deps: CancelDependencies, key: NotificationKey) {
  const view = await deps.views.find(key);
  const result = view === null ? null : await deps.cancellations.cancel(view.rowId);
  return view === null || result === null ? null : { workflowId: view.workflowId, result };
}

/**
 * The answer stands on the row already, so a Temporal that is away only delays what the workflow shows. A workflow that
 * has ended needs no waking.
 */
async function wake(deps: CancelDependencies, workflowId: string): Promise<void> {
  try {
    await deps.client.connection.withDeadline(Date.now() + SIGNAL_DEADLINE_MS, () =>
      deps.client.workflow.getHandle(workflowId).signal(cancelSignal),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return;
    deps.log.warn({ workflowId, error: (error as Error).message }, "a cancelled notification could not be woken");
  }
}
