import { randomUUID } from "node:crypto";
import { type Credential, cert, deleteApp, initializeApp } from "firebase-admin/app";
import { getMessaging, type Messaging, type Message } from "firebase-admin/messaging";
import type { ProviderSettings } from "../config.ts";
import { errorOfFcm } from "./fcm-status.ts";
import { callOnce, HttpAgent } from "./http-call.ts";
import { type Accepted, type OutgoingMessage, type Provider, ProviderError } from "./provider.ts";
import { readSettingsFile } from "./settings-file.ts";

type FcmSettings = NonNullable<ProviderSettings["fcm"]>;

/** The host that the SDK calls; it cannot be told another one. */
const HOST = "fcm.googleapis.com";
/** Below the deadline that callers give a push. */
const TIMEOUT_MS = 9_000;
/** FCM keeps nothing longer and refuses a longer time to live. */
const MAX_TTL_MS = 28 * 86_400_000;
/** Stand-ins check neither; a project is part of the path of every request. */
const STAND_IN = { projectId: "tidings", accessToken: "stand-in" };

/**
 * Push through Firebase Cloud Messaging, one token a call.
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
  const { content, deliveryId } = message;
  if (content.kind !== "push") throw new ProviderError("permanent", { code: "wrong_content", alertOperator: true });
  return {
    token: message.address,
    notification: { title: content.title, body: content.body },
    data: { ...content.data, notificationId: message.notificationId, attemptId: message.attemptId },
    // The same for every attempt of a delivery, so that a phone shows a message that was sent twice once. For Android
    // the tag alone: of collapse keys FCM keeps four for a device that is offline, and loses the pushes of all others.
    apns: { headers: { "apns-collapse-id": deliveryId } },
    android: {
      notification: { tag: deliveryId },
      priority: message.priority === "high" ? "high" : "normal",
      ...(message.expiresAt === null ? {} : { ttl: timeToLive(message.expiresAt, now) }),
    },
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

function credentialsOf(settings: FcmSettings): { credential: Credential; projectId: string } {
  if (settings.credentialsFile !== null) {
    const account = readServiceAccount(settings.credentialsFile);
    return { credential: certOf(account), projectId: settings.projectId ?? account.project_id };
  }
  if (settings.baseUrl === null) throw new Error("FCM_CREDENTIALS_FILE is needed to send push messages through FCM.");
  return {
    credential: {
      getAccessToken: () => Promise.resolve({ access_token: STAND_IN.accessToken, expires_in: 3_600 }),
    },
    projectId: settings.projectId ?? STAND_IN.projectId,
  };
}

function readServiceAccount(file: string): { project_id: string } {
  const text = readSettingsFile("FCM_CREDENTIALS_FILE", file);
  let account: unknown;
  try {
    account = JSON.parse(text);
  } catch {
    // The parser's message quotes the file, which holds a private key.
    throw new Error(`FCM_CREDENTIALS_FILE is not JSON: ${file}`);
  }
  const projectId = (account as { project_id?: unknown } | null)?.project_id;
  if (typeof projectId !== "string") throw new Error(`FCM_CREDENTIALS_FILE is no service account key: ${file}`);
  return account as { project_id: string };
}

function certOf(account: object): Credential {
  try {
    return cert(account);
  } catch {
    // The SDK's message may quote the key.
    throw new Error(
      "FCM_CREDENTIALS_FILE holds no usable service account key: make a new one in the Firebase console.",
    );
  }
}
