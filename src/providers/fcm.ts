import { randomUUID } from "node:crypto";
import { deleteApp, initializeApp } from "firebase-admin/app";
import { type AndroidConfig, getMessaging, type Messaging, type Message } from "firebase-admin/messaging";
import type { ProviderSettings } from "../config.ts";
import { callOnce } from "./call-once.ts";
import { credentialsOf } from "./fcm-credentials.ts";
import { errorOfFcm } from "./fcm-status.ts";
import { HttpAgent } from "./http-agent.ts";
import { type Accepted, type OutgoingMessage, type Provider, ProviderError } from "./provider.ts";
import { idsOf } from "./push-ids.ts";
import { readSettingsFile } from "./settings-file.ts";

type FcmSettings = NonNullable<ProviderSettings["fcm"]>;

/** The host that the SDK calls; it cannot be told another one. */
const HOST = "fcm.googleapis.com";
/** Below the deadline that callers give a push. */
const TIMEOUT_MS = 9_000;
/** FCM keeps nothing longer and refuses a longer time to live. */
const MAX_TTL_MS = 28 * 86_400_000;

/**
 * Push through Firebase Cloud Messaging, one token a call:
 * https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send
 * @throws Error in one sentence for settings that cannot work, or an SDK whose retries cannot be switched off
 */
export function createFcmProvider(settings: FcmSettings): Provider {
  const { credential, projectId } = credentialsOf(settings);
  const agent = new HttpAgent({
    host: HOST,
    baseUrl: settings.baseUrl === null ? null : new URL(settings.baseUrl),
    ca: settings.caFile === null ? null : readSettingsFile("FCM_CA_FILE", settings.caFile),
  });
  const app = initializeApp({ projectId, credential, httpAgent: agent }, `tidings-${randomUUID()}`);
  const messaging = getMessaging(app);
  switchOffRetries(messaging);

  return {
    id: "fcm",
    channels: ["fcm"],
    async send(message) {
      const request = composeMessage(message, new Date());
      return callOnce(
        agent,
        { signal: message.signal, timeoutMs: TIMEOUT_MS },
        async () => acceptedFrom(await messaging.send(request)),
        (error, reached) => errorOfFcm(error, reached, new Date()),
      );
    },
    async close() {
      await deleteApp(app);
      agent.destroy();
    },
  };
}

/** Firebase answers with the name of the message: without one, nobody knows what became of it. */
function acceptedFrom(name: unknown): Accepted {
  if (typeof name !== "string" || name === "") throw new ProviderError("ambiguous", { code: "garbled_answer" });
  return { providerMessageId: name };
}

function composeMessage(message: OutgoingMessage, now: Date): Message {
  const { content, deliveryId, expiresAt } = message;
  if (content.kind !== "push") throw new ProviderError("permanent", { code: "wrong_content", alertOperator: true });
  return {
    token: message.address,
    notification: { title: content.title, body: content.body },
    data: { ...content.data, ...idsOf(message) },
    // The same for every attempt of a delivery, so that a phone shows a message that was sent twice once. For Android
    // the tag alone: of collapse keys FCM keeps four for a device that is offline, and loses the pushes of all others.
    apns: { headers: { "apns-collapse-id": deliveryId, ...apnsHeadersOf(message) } },
    android: {
      notification: { tag: deliveryId },
      // The SDK's types have it in small letters and pass it on unread; in capitals it is in FCM's own description.
      priority: (message.priority === "high" ? "HIGH" : "NORMAL") as unknown as NonNullable<AndroidConfig["priority"]>,
      ...(expiresAt === null ? {} : { ttl: timeToLive(expiresAt, now) }),
    },
    ...(expiresAt === null
      ? {}
      : { webpush: { headers: { TTL: String(Math.floor(timeToLive(expiresAt, now) / 1_000)) } } }),
  };
}

/** What FCM passes on to Apple unread, so each has to be said in Apple's own way: a moment, and 5 for what may wait. */
function apnsHeadersOf({ priority, expiresAt }: OutgoingMessage): Record<string, string> {
  return {
    ...(priority === "low" ? { "apns-priority": "5" } : {}),
    ...(expiresAt === null ? {} : { "apns-expiration": String(Math.max(0, Math.floor(expiresAt.getTime() / 1_000))) }),
  };
}

function timeToLive(expiresAt: Date, now: Date): number {
  return Math.min(Math.max(expiresAt.getTime() - now.getTime(), 0), MAX_TTL_MS);
}

/**
 * The SDK would repeat a request up to four times inside one attempt, and offers no switch for it. A changed SDK must
 * stop us here rather than send in secret.
 */
function switchOffRetries(messaging: Messaging): void {
  const { messagingRequestHandler: handler } = messaging as unknown as {
    messagingRequestHandler?: { httpClient?: { retry?: { maxRetries?: unknown } } };
  };
  const retry = handler?.httpClient?.retry;
  if (typeof retry?.maxRetries !== "number") {
    throw new Error("This version of firebase-admin keeps its retries elsewhere: they cannot be switched off.");
  }
  retry.maxRetries = 0;
}
