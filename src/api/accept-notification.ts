import { type Client, WorkflowExecutionAlreadyStartedError } from "@temporalio/client";
import type { NotificationViews } from "../database/notification-views.ts";
import type { RequestFacts, RequestFactsStore } from "../database/request-facts.ts";
import { contentKindOf, type ChannelWord } from "../domain/channel.ts";
import { type ChannelGroup, reachableChannels } from "../domain/decide-deliveries.ts";
import type { NotificationKey } from "../domain/notification-id.ts";
import type { NotificationBody } from "../domain/notification-body.ts";
import type { NotificationStatus } from "../domain/status.ts";
import { findMissingVariables } from "../rendering/missing-variables.ts";
import { templateVariables } from "../rendering/template-variables.ts";
import {
  NOTIFICATION_WORKFLOW,
  type NotificationInput,
  notificationStartOptions,
  notificationWorkflowId,
} from "../workflows/contract.ts";
import { ApiError } from "./errors.ts";
import { describeNotification } from "./running-notification.ts";
import { missingVariables } from "./template-problems.ts";

export type AcceptDependencies = {
  client: Client;
  requestFacts: RequestFactsStore;
  views: NotificationViews;
  /** Keyed hash of a body as it was received, in hex. */
  hashBody: (body: unknown) => string;
  now: () => Date;
};

export type AcceptRequest = {
  clientId: string;
  body: NotificationBody;
  /** As it was received, before any default: what a repeat must be equal to. */
  received: unknown;
  /** May this key send on all channels that the request can reach? */
  maySend: (channels: readonly ChannelGroup[]) => boolean;
  /** The key is not bound to channels. */
  maySendAnything: boolean;
};

export type AcceptResult = { key: NotificationKey; replayed: boolean; status: NotificationStatus; workflowId: string };

/** How long Temporal may take to confirm a start. Nothing is acknowledged before. */
const START_DEADLINE_MS = 5_000;

/**
 * Turns a request into a workflow, once per event ID. The start is the commit point: what Temporal holds is not lost,
 * and nothing else is stored before it. A repeat is answered from the event's key, or from the running workflow while
 * the key is not written yet.
 * @throws {ApiError} 404, 409 or 422 as the request deserves, with nothing started
 * @throws {ServiceError} when Temporal cannot be reached; the caller may repeat
 */
export async function acceptNotification(deps: AcceptDependencies, request: AcceptRequest): Promise<AcceptResult> {
  const { body, clientId } = request;
  const key = { clientId, eventId: body.eventId };
  const bodyHash = deps.hashBody(request.received);
  const facts = await deps.requestFacts.load(key, {
    userId: body.to.userId,
    categoryId: body.category,
    templateId: body.template,
  });
  if (facts.existing !== null) return replay(deps, key, facts.existing.bodyHash, bodyHash);

  const checked = check(deps.now(), request, facts);
  const input: NotificationInput = {
    key,
    bodyHash,
    acceptedAt: deps.now().toISOString(),
    generation: 0,
    request: requestOf(request, checked),
  };
  try {
    await start(deps.client, input, checked.channels);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return replay(deps, key, await runningBodyHash(deps, key), bodyHash);
  }
  return { key, replayed: false, status: "accepted", workflowId: notificationWorkflowId(key) };
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
  existingHash: string,
  bodyHash: string,
): Promise<AcceptResult> {
  if (existingHash !== bodyHash) {
    throw new ApiError("event_id_conflict", {
      detail: "This event ID was used before with another body. Use a new event ID, or send the same body.",
    });
  }
  const view = await deps.views.find(key);
  return {
    key,
    replayed: true,
    status: view?.status ?? "accepted",
    workflowId: view?.workflowId ?? notificationWorkflowId(key),
  };
}

/** The workflow exists, so its memo or, where Temporal has just forgotten it, the event's key tells what was asked. */
async function runningBodyHash(deps: AcceptDependencies, key: NotificationKey): Promise<string> {
  const running = await describeNotification(deps.client, key);
  if (running !== null) return running.bodyHash;
  const { existing } = await deps.requestFacts.load(key, { userId: "", categoryId: "", templateId: "" });
  if (existing !== null) return existing.bodyHash;
  throw new ApiError("unavailable", {
    detail: "The first request with this event ID is not readable yet.",
    retryAfterSeconds: 1,
  });
}

type Checked = ReturnType<typeof check>;

function check(now: Date, request: AcceptRequest, facts: RequestFacts) {
  const { body } = request;
  const { user, category, template } = facts;
  if (user === null) throw notFound("user_not_found", "to.userId", "There is no user with this ID.");
  if (category === null) throw notFound("category_not_found", "category", "There is no category with this ID.");
  if (template === null) throw notFound("template_not_found", "template", "There is no template with this ID.");
  const channels = reachableChannels(category.channels, body.channels ?? null);
  if (channels.length === 0)
    throw invalid("channels", `must name a channel of the category (${category.channels.join(", ")})`);
  if (!request.maySend(channels)) {
    throw new ApiError("missing_scope", {
      detail: "This key may not send on every channel that the request can reach.",
    });
  }
  checkTimes(now, body);
  const missing = findMissingVariables(
    template.locales,
    { kinds: kindsOf(channels), locales: [body.locale ?? user.locale, null] },
    templateVariables(body.data, user),
  );
  if (missing.length > 0) throw missingVariables(missing);
  return { channels, template, priority: body.priority ?? category.priority };
}

function checkTimes(now: Date, body: NotificationBody): void {
  const sendAt = body.sendAt === undefined ? null : new Date(body.sendAt);
  if (sendAt !== null && sendAt <= now) {
    throw new ApiError("send_at_in_past", {
      detail: "sendAt must be in the future; leave it out to send at once.",
      errors: [{ field: "sendAt", message: "is in the past" }],
    });
  }
  const earliest = sendAt ?? now;
  if (body.expiresAt !== undefined && new Date(body.expiresAt) <= earliest) {
    throw invalid("expiresAt", sendAt === null ? "must be in the future" : "must be after sendAt");
  }
}

function requestOf({ body, maySendAnything }: AcceptRequest, checked: Checked): NotificationInput["request"] {
  const { to, category, data, sendAt, expiresAt, locale } = body;
  // The category may name more channels by the time of sending than this key may use.
  const channels = maySendAnything ? body.channels : checked.channels.flatMap((group) => group.channels);
  return {
    to,
    category,
    template: { id: body.template, version: checked.template.version },
    data,
    priority: checked.priority,
    ...(channels === undefined ? {} : { channels }),
    ...(sendAt === undefined ? {} : { sendAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(locale === undefined ? {} : { locale }),
  };
}

function kindsOf(channels: readonly ChannelGroup[]) {
  return [...new Set(channels.map(({ word }: { word: ChannelWord }) => contentKindOf(word)))];
}

function notFound(code: "user_not_found" | "category_not_found" | "template_not_found", field: string, detail: string) {
  return new ApiError(code, { detail, errors: [{ field, message: "does not exist" }] });
}

function invalid(field: string, message: string): ApiError {
  return new ApiError("invalid_request", { detail: `${field} ${message}.`, errors: [{ field, message }] });
}
