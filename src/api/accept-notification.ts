import { type Client, WorkflowExecutionAlreadyStartedError } from "@temporalio/client";
import type { NotificationViews } from "../database/notification-views.ts";
import type { RequestFactsStore } from "../database/request-facts.ts";
import type { ChannelGroup } from "../domain/decide-deliveries.ts";
import type { NotificationKey } from "../domain/notification-id.ts";
import type { NotificationBody } from "../domain/notification-body.ts";
import { userOf } from "../domain/recipient.ts";
import type { NotificationStatus } from "../domain/status.ts";
import {
  NOTIFICATION_WORKFLOW,
  type NotificationInput,
  notificationStartOptions,
  notificationWorkflowId,
} from "../workflows/contract.ts";
import { type Checked, checkRequest } from "./check-request.ts";
import { contentHashOf } from "./content-hash.ts";
import { ApiError } from "./errors.ts";
import { describeNotification } from "./running-notification.ts";

export type AcceptDependencies = {
  client: Client;
  requestFacts: RequestFactsStore;
  views: NotificationViews;
  /** Keyed hash of a body as it was received, in hex. */
  hashBody: (body: unknown) => string;
};

export type AcceptRequest = {
  key: NotificationKey;
  body: NotificationBody;
  /** As it was received, before any default: what a repeat must be equal to. */
  received: unknown;
  /** May this key send on all channels that the request can reach? */
  maySend: (channels: readonly ChannelGroup[]) => boolean;
  /** The key is not bound to channels. */
  maySendAnything: boolean;
};

export type AcceptResult = {
  key: NotificationKey;
  replayed: boolean;
  /** `forgotten`: it is over, and retention has deleted what became of it. */
  status: NotificationStatus | "forgotten";
  workflowId: string;
};

/** How long Temporal may take to confirm a start. Nothing is acknowledged before. */
const START_DEADLINE_MS = 5_000;

/**
 * Turns a request into a workflow, once per event ID. The start is the commit point: what Temporal holds is not lost,
 * and nothing else is stored before it. A repeat is answered from the event's key, or from the running workflow while
 * the key is not written yet.
 * @throws {ApiError} 404, 409 or 422 as the request deserves, with nothing started
 * @throws {ServiceError} when Temporal cannot be reached, also for a request to refuse; the caller may repeat
 */
export async function acceptNotification(deps: AcceptDependencies, request: AcceptRequest): Promise<AcceptResult> {
  const { body, key } = request;
  const bodyHash = deps.hashBody(request.received);
  const names = { userId: userOf(body.to), categoryId: body.category, templateId: body.template };
  const [{ existing, now }, facts] = await Promise.all([
    deps.requestFacts.ofEventId(key),
    deps.requestFacts.named(names),
  ]);
  // An event's key is written with its notification: what has only the key was forgotten.
  if (existing !== null)
    return replay(deps, key, { existing: existing.bodyHash, given: bodyHash, unseen: "forgotten" });

  let checked: Checked;
  try {
    checked = checkRequest(now, request, facts);
  } catch (refusal) {
    return replayUnlessNew(deps, key, bodyHash, refusal);
  }
  const input: NotificationInput = {
    key,
    bodyHash,
    acceptedAt: now.toISOString(),
    generation: 0,
    request: requestOf(request, checked),
    contentHash: contentHashOf(deps.hashBody, body, checked.template),
  };
  try {
    await start(deps.client, input, checked.channels);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return replay(deps, key, { existing: await runningBodyHash(deps, key), given: bodyHash, unseen: "accepted" });
  }
  return { key, replayed: false, status: "accepted", workflowId: notificationWorkflowId(key) };
}

/**
 * A repeat of what Temporal holds and no worker has admitted yet is no new request, even where a new one would be
 * refused by now: its time has passed, its user was erased, its template wants more.
 *
 * While Temporal is away nobody knows which of both it is, and the answer is its 503. The refusal would often be a lie
 * then: the start that got no answer and this outage are likely the same, and who takes a held request for refused
 * sends it again under another event ID. What is malformed in itself was never accepted, and does not come this far.
 * @throws {unknown} the refusal, where Temporal knows no such request
 */
async function replayUnlessNew(
  deps: AcceptDependencies,
  key: NotificationKey,
  bodyHash: string,
  refusal: unknown,
): Promise<AcceptResult> {
  const running = await describeNotification(deps.client, key);
  if (running === null) throw refusal;
  return replay(deps, key, { existing: running.bodyHash, given: bodyHash, unseen: "accepted" });
}

async function start(client: Client, input: NotificationInput, channels: readonly ChannelGroup[]): Promise<void> {
  const workflowId = notificationWorkflowId(input.key);
  const words = channels.map(({ word }) => word);
  await client.connection.withDeadline(Date.now() + START_DEADLINE_MS, () =>
    client.workflow.start(NOTIFICATION_WORKFLOW, notificationStartOptions(workflowId, input, words)),
  );
}

async function replay(
  deps: AcceptDependencies,
  key: NotificationKey,
  { existing, given, unseen }: { existing: string; given: string; unseen: "accepted" | "forgotten" },
): Promise<AcceptResult> {
  if (existing !== given) {
    throw new ApiError("event_id_conflict", {
      detail: "This event ID was already used with another body. Use a new event ID, or send the same body.",
    });
  }
  const view = await deps.views.find(key);
  return {
    key,
    replayed: true,
    status: view?.status ?? unseen,
    workflowId: view?.workflowId ?? notificationWorkflowId(key),
  };
}

/** The workflow exists, so its memo or, where Temporal has just forgotten it, the event's key tells what was asked. */
async function runningBodyHash(deps: AcceptDependencies, key: NotificationKey): Promise<string> {
  const running = await describeNotification(deps.client, key);
  if (running !== null) return running.bodyHash;
  const { existing } = await deps.requestFacts.ofEventId(key);
  if (existing !== null) return existing.bodyHash;
  throw new ApiError("unavailable", {
    detail: "The first request with this event ID cannot be read yet.",
    retryAfterSeconds: 1,
  });
}

function requestOf({ body, maySendAnything }: AcceptRequest, checked: Checked): NotificationInput["request"] {
  const { to, category, data, sendAt, expiresAt, locale } = body;
  // The category may name more channels by the time of sending than this key may use, or than an address has.
  const channels =
    maySendAnything && userOf(to) !== null ? body.channels : checked.channels.flatMap((group) => group.channels);
  return {
    to,
    category,
    template: { id: checked.template.id, version: checked.template.version },
    data,
    priority: checked.priority,
    ...(channels === undefined ? {} : { channels }),
    ...(sendAt === undefined ? {} : { sendAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(locale === undefined ? {} : { locale }),
  };
}
