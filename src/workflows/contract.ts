import { defineSearchAttributeKey, SearchAttributeType } from "@temporalio/common";
import { defineQuery, defineSignal, defineUpdate } from "@temporalio/workflow";
import type { Channel, ChannelWord } from "../domain/channel.ts";
import type { NotificationKey } from "../domain/notification-id.ts";
import { type Recipient, userOf } from "../domain/recipient.ts";
import { CHANNEL_POLICIES } from "../domain/retry-policy.ts";
import type { DeliveryStatus, NotificationStatus } from "../domain/status.ts";
import { staticDetailsOf } from "./details.ts";

// Everything that two processes must spell alike: names, ids and shapes on the wire to Temporal. Shapes grow by
// optional fields only, since workflows that were started yesterday are read by the code of tomorrow.

/** Workflow tasks and local activities of single notifications. */
export const NOTIFICATIONS_QUEUE = "notifications";

/** Activities that call a provider of this channel. */
export function sendQueue(channel: Channel): string {
  return `send-${channel}`;
}

/** Opening and closing an attempt may take so long beside the call itself, with a database that is away for a while. */
const LEDGER_TIME_MS = 30_000;

/** How long one run of a send on this channel may take, in milliseconds. */
export function sendLimitMs(channel: Channel): number {
  return CHANNEL_POLICIES[channel].callDeadlineMs + LEDGER_TIME_MS;
}

/** A run that has not shown a sign of life for so long is given to another worker, in milliseconds. */
export const HEARTBEAT_TIMEOUT_MS = 10_000;

/** The activity that calls endpoints of clients, which may be slow. */
export const OUTBOUND_QUEUE = "outbound";

export const NOTIFICATION_WORKFLOW = "notification";

/** One workflow per event ID: this id is the deduplication while Temporal remembers it. */
export function notificationWorkflowId(key: NotificationKey): string {
  return `ntf:${key.clientId}:${key.eventId}`;
}

/** Takes up the notification of a workflow that was lost. */
export function takeoverWorkflowId(key: NotificationKey, generation: number): string {
  return `ntr:${generation}:${key.clientId}:${key.eventId}`;
}

/** Whose notification a workflow of one of these two ids carries on; null: another id, which somebody chose by hand. */
export function notificationKeyOf(workflowId: string): NotificationKey | null {
  const [, clientId, eventId] = /^(?:ntf|ntr:\d+):([^:]+):(.+)$/s.exec(workflowId) ?? [];
  return clientId === undefined || eventId === undefined ? null : { clientId, eventId };
}

/** Looks each minute for notifications that nobody carries on. */
export const REPAIR_WORKFLOW = "repair";
export const REPAIR_SCHEDULE = "tidings-repair";
export const REPAIR_EVERY_MS = 60_000;

/** Sends dead letters again, one after the other. */
export const REPLAY_WORKFLOW = "replay";

export type ReplayInput = { replayId: string };

/** How it is started: by the API as it is asked for, and by repair where that was lost. One that runs goes on. */
export function replayStartOptions(replayId: string) {
  return {
    workflowId: `rpl:${replayId}`,
    taskQueue: NOTIFICATIONS_QUEUE,
    args: [{ replayId }] as [ReplayInput],
    workflowIdReusePolicy: "ALLOW_DUPLICATE" as const,
    workflowIdConflictPolicy: "USE_EXISTING" as const,
    priority: { priorityKey: PRIORITY_KEYS.low },
    staticSummary: "replay of dead letters",
  };
}

/** Forgets each hour what is older than it may get. */
export const RETENTION_WORKFLOW = "retention";
export const RETENTION_SCHEDULE = "tidings-retention";
export const RETENTION_EVERY_MS = 3_600_000;

/** Tells endpoints of clients what has happened; the Schedule makes sure that there is always one. */
export const OUTBOUND_WORKFLOW = "outbound";
export const OUTBOUND_SCHEDULE = "tidings-outbound";
export const OUTBOUND_EVERY_MS = 60_000;

/** Temporal's priorities: 1 is served first. */
const PRIORITY_KEYS = { high: 1, normal: 3, low: 5 } as const;

/** Temporal reads these in visibility, in clear: ids only. */
export const searchAttributes = {
  client: defineSearchAttributeKey("Client", SearchAttributeType.KEYWORD),
  userId: defineSearchAttributeKey("UserId", SearchAttributeType.KEYWORD),
  category: defineSearchAttributeKey("Category", SearchAttributeType.KEYWORD),
  channels: defineSearchAttributeKey("Channels", SearchAttributeType.KEYWORD_LIST),
  status: defineSearchAttributeKey("NotificationStatus", SearchAttributeType.KEYWORD),
};

/** Memo of a notification workflow. `bodyHash` is hex. */
export type NotificationMemo = { bodyHash: string; template: { id: string; version: number } };

/** A validated request with its defaults filled in and its template version fixed. Times are ISO 8601. */
export type NotificationRequest = {
  to: Recipient;
  category: string;
  template: { id: string; version: number };
  data: Record<string, unknown>;
  /** Narrows the channels of the category; absent: all of them. */
  channels?: ChannelWord[];
  sendAt?: string;
  expiresAt?: string;
  priority?: "high" | "normal" | "low";
  locale?: string;
};

export type NotificationInput = {
  key: NotificationKey;
  /** Hex; the claim stores it, so that another body under the same event ID is seen for good. */
  bodyHash: string;
  acceptedAt: string;
  /** Hex; the same for the same content to the same recipient. */
  contentHash?: string;
  /** 0 for the request itself; replays and repairs count up. */
  generation: number;
  request: NotificationRequest;
};

/** What admit, or a later decision, tells the workflow to do. */
export type Plan =
  | { step: "send"; notificationId: string; deliveries: PlannedDelivery[]; expiresAt: string | null }
  | { step: "wait"; notificationId: string; until: string; status: NotificationStatus }
  | { step: "done"; notificationId: string; status: NotificationStatus };

export type PlannedDelivery = { deliveryId: string; channel: Channel };

export type SendArguments = { deliveryId: string; generation: number };

/** What the last activity of a delivery knows. */
export type SendResult = {
  delivery: DeliveryStatus;
  /** The outcome of the whole notification, where this was its last open delivery. */
  notification: NotificationStatus | null;
  /** The delivery is open, and may not be sent before this time (ISO 8601): ask again then. */
  heldUntil?: string;
};

export type CancelResult = {
  /** `cancelled`: no attempt of any channel was or will be opened. `too_late`: one was. */
  result: "cancelled" | "too_late";
  status: NotificationStatus;
  /** Deliveries that will not be begun or retried because of this. */
  stopped: { deliveryId: string; channel: Channel }[];
};

/** `too_late`: it is being sent, or has ended. `after_expiry`: the new time is not before its `expiresAt`. */
export type RescheduleResult = { result: "rescheduled" | "too_late" | "after_expiry"; status: NotificationStatus };

/** `no_time`: what was given is no time, as `problem` says. */
export type RescheduleAnswer = RescheduleResult | { result: "no_time"; problem: string };

/** How many notifications one round of repair looked at, and how many it gave a new workflow. */
export type RepairResult = { looked: number; takenOver: number; startedAt: string };

/** `waitMs`: how long to wait before the next page, so that the rate is kept. */
export type ReplayPage = { done: boolean; waitMs: number };

/** How many contents, notifications, months and outbound events one round of retention removed. */
export type RetentionResult = { contents: number; notifications: number; months: number; events?: number };

/** How a notification's workflow is started, whoever starts it. `channels` are the words it may reach. */
export function notificationStartOptions(
  workflowId: string,
  input: NotificationInput,
  channels: readonly ChannelWord[],
) {
  const { key, request, bodyHash } = input;
  const { template } = request;
  const userId = userOf(request.to);
  return {
    workflowId,
    taskQueue: NOTIFICATIONS_QUEUE,
    args: [input] as [NotificationInput],
    workflowIdReusePolicy: "REJECT_DUPLICATE" as const,
    workflowIdConflictPolicy: "FAIL" as const,
    priority: { priorityKey: PRIORITY_KEYS[request.priority ?? "normal"] },
    memo: { bodyHash, template } satisfies NotificationMemo,
    typedSearchAttributes: [
      { key: searchAttributes.client, value: key.clientId },
      ...(userId === null ? [] : [{ key: searchAttributes.userId, value: userId }]),
      { key: searchAttributes.category, value: request.category },
      { key: searchAttributes.channels, value: [...channels] },
      { key: searchAttributes.status, value: "accepted" satisfies NotificationStatus },
    ],
    staticSummary: `Template ${template.id} v${template.version} to ${userId === null ? "an address" : `user ${userId}`}, category ${request.category}`,
    staticDetails: staticDetailsOf(key),
  };
}

export const cancelSignal = defineSignal("cancel");
export const cancelUpdate = defineUpdate<CancelResult>("cancel");
/** A time is ISO 8601. */
export const rescheduleSignal = defineSignal<[{ sendAt: string }]>("reschedule");
export const rescheduleUpdate = defineUpdate<RescheduleResult, [{ sendAt: string }]>("reschedule");
/** The row has changed: look at it again. */
export const wakeSignal = defineSignal("wake");
export const stateQuery = defineQuery<{ status: NotificationStatus; waitingUntil: string | null }>("state");
