import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import type { NotificationViews } from "../database/notification-views.ts";
import type { Reschedules } from "../database/reschedules.ts";
import type { NotificationKey } from "../domain/notification-id.ts";
import type { Logger } from "../observability/log.ts";
import { notificationWorkflowId, type RescheduleResult, rescheduleUpdate } from "../workflows/contract.ts";
import { ApiError, invalidField, noSuch } from "./errors.ts";
import { describeNotification } from "./running-notification.ts";
import { isUpdateUnanswered } from "./update-unanswered.ts";
import { wakeNotification } from "./wake-notification.ts";

export type RescheduleDependencies = {
  client: Client;
  reschedules: Reschedules;
  views: NotificationViews;
  log: Logger;
};

/** How long a notification without a row may take to be admitted and answer. */
const UPDATE_DEADLINE_MS = 3_000;

/**
 * Moves a waiting notification on the row, which every decision locks, and then wakes the workflow. Before there is a
 * row the workflow is asked, which admits first.
 * @throws {ApiError} 404 where nobody knows the notification, 409 where it is too late, 503 where it could not be decided in time
 */
export async function rescheduleNotification(
  deps: RescheduleDependencies,
  key: NotificationKey,
  sendAt: string,
): Promise<void> {
  accept((await moveRow(deps, key, sendAt)) ?? (await ask(deps, key, sendAt)));
}

async function moveRow(
  deps: RescheduleDependencies,
  key: NotificationKey,
  sendAt: string,
): Promise<RescheduleResult | null> {
  const view = await deps.views.find(key);
  if (view === null) return null;
  const answer = await deps.reschedules.reschedule(view.rowId, new Date(sendAt));
  if (answer === null) throw new Error("a notification's row is gone right after it was read");
  // A lost call leaves it waiting for the old time; repair wakes what is overdue.
  if (answer.result === "rescheduled") await wakeNotification(deps, view.workflowId);
  return answer;
}

async function ask(deps: RescheduleDependencies, key: NotificationKey, sendAt: string): Promise<RescheduleResult> {
  try {
    return await deps.client.connection.withDeadline(Date.now() + UPDATE_DEADLINE_MS, () =>
      deps.client.workflow
        .getHandle(notificationWorkflowId(key))
        .executeUpdate(rescheduleUpdate, { args: [{ sendAt }] }),
    );
  } catch (error) {
    // Admitted meanwhile, or ended between our looks.
    const answer = await moveRow(deps, key, sendAt);
    if (answer !== null) return answer;
    const ended = error instanceof WorkflowNotFoundError;
    if (ended && (await describeNotification(deps.client, key)) === null) throw noSuch("notification");
    if (!ended && !isUpdateUnanswered(error)) throw error;
    throw new ApiError("unavailable", { detail: "The notification has not been admitted yet.", retryAfterSeconds: 1 });
  }
}

function accept({ result, status }: RescheduleResult): void {
  if (result === "too_late") {
    throw new ApiError("too_late", { detail: `It is no longer waiting: its status is ${status}.` });
  }
  if (result === "after_expiry") {
    throw invalidField("sendAt", "must be before the expiresAt of the notification");
  }
}
