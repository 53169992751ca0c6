import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import type { NotificationKey } from "../domain/notification-id.ts";
import { type NotificationMemo, notificationWorkflowId, searchAttributes } from "../workflows/contract.ts";

/** What Temporal knows of a notification: enough to answer for it before its row is written. */
export type RunningNotification = {
  workflowId: string;
  bodyHash: string;
  acceptedAt: Date;
  user: string | null;
  category: string | null;
  template: { id: string; version: number };
};

/** How long a look-up in Temporal may take. */
const DEADLINE_MS = 5_000;

/**
 * The workflow of this event ID, or null where Temporal knows none (any more).
 * @throws {ServiceError} when Temporal cannot be reached
 */
export async function describeNotification(client: Client, key: NotificationKey): Promise<RunningNotification | null> {
  const workflowId = notificationWorkflowId(key);
  try {
    const description = await client.connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    // The start writes it with every workflow of this type.
    const memo = description.memo as NotificationMemo;
    return {
      workflowId,
      bodyHash: memo.bodyHash,
      template: memo.template,
      acceptedAt: description.startTime,
      user: description.typedSearchAttributes.get(searchAttributes.userId) ?? null,
      category: description.typedSearchAttributes.get(searchAttributes.category) ?? null,
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
