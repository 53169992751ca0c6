import { Notification, Provider as ApnsClient, type ProviderOptions } from "apn";
import type { ProviderSettings } from "../config.ts";
import { ApnsCall, ApnsCalls } from "./apns-call.ts";
import { ApnsConnections } from "./apns-connections.ts";
import { readSigningKey } from "./apns-signing-key.ts";
import { type ApnsFailure, errorOfApns } from "./apns-status.ts";
import { type OutgoingMessage, type Provider, ProviderError } from "./provider.ts";
import { idsOf } from "./push-ids.ts";
import { readSettingsFile } from "./settings-file.ts";

type ApnsSettings = NonNullable<ProviderSettings["apns"]>;

const HOST = "api.push.apple.com";
/** Below the deadline that callers give a push. */
const TIMEOUT_MS = 9_000;
/** Never reached: ours comes first. */
const SDK_TIMEOUT_MS = 60_000;
const PRIORITIES = { high: 10, normal: 10, low: 5 } as const;

/**
 * Push through Apple's service, one device token a call, all over one HTTP/2 connection that the SDK opens again when it
 * was closed. Apple wants one provider token per key and team, so one of these per process:
 * https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 * @throws Error in one sentence for settings that cannot work
 */
export function createApnsProvider(settings: ApnsSettings): Provider {
  const connections = new ApnsConnections({
    host: HOST,
    baseUrl: settings.baseUrl === null ? null : new URL(settings.baseUrl),
    ca: settings.caFile === null ? null : readSettingsFile("APNS_CA_FILE", settings.caFile),
  });
  const client = new ApnsClient(optionsOf(settings, connections));
  const calls = new ApnsCalls();
  /** Topics to which a push has gone through. */
  const provenTopics = new Set<string>();

  /** What became of a push that the SDK calls a failure, or does not settle. */
  function errorOf(call: ApnsCall, failure: ApnsFailure, topic: string): ProviderError {
    const { status, retryAfter, reached, refused } = call;
    const environmentProven = provenTopics.has(topic);
    return errorOfApns(failure, { status, retryAfter, reached, refused, environmentProven }, new Date());
  }

  /** @returns the id under which APNs took it */
  async function push(call: ApnsCall, notification: Notification, token: string): Promise<string | null> {
    // It never throws.
    const { sent, failed } = await calls.run(call, () => client.send(notification, token));
    if (sent[0] === undefined) throw errorOf(call, failed[0] as ApnsFailure, notification.topic);
    return (sent[0] as { "apns-id"?: string })["apns-id"] ?? null;
  }

  async function interruption(call: ApnsCall, topic: string): Promise<never> {
    const reason = await call.interrupted;
    // A refusal counts as soon as it was read; after a 500 the SDK first waits for everybody else on the connection.
    if (call.status !== null && call.status >= 400) throw errorOf(call, {}, topic);
    throw new ProviderError(call.reached && !call.refused ? "ambiguous" : "transient", { code: reason });
  }

  return {
    id: "apns",
    channels: ["apns"],
    async send(message) {
      const notification = compose(message, settings.topic);
      const signal = AbortSignal.any([message.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      if (signal.aborted) throw new ProviderError("transient", { code: "deadline_exceeded" });
      const call = new ApnsCall(signal);
      try {
        const apnsId = await Promise.race([
          push(call, notification, message.address),
          interruption(call, notification.topic),
        ]);
        provenTopics.add(notification.topic);
        return { providerMessageId: apnsId ?? message.attemptId };
      } finally {
        call.end();
      }
    },
    close() {
      void client.shutdown();
      calls.close();
      connections.close();
      return Promise.resolve();
    },
  };
}

function compose(message: OutgoingMessage, usualTopic: string | null): Notification {
  const { content, expiresAt } = message;
  if (content.kind !== "push") throw new ProviderError("permanent", { code: "wrong_content", alertOperator: true });
  // It becomes a part of the path, and the SDK takes it as it is.
  if (!/^[0-9a-f]+$/i.test(message.address)) throw new ProviderError("permanent", { code: "invalid_address" });
  const topic = message.app ?? usualTopic;
  if (topic === null) throw new ProviderError("permanent", { code: "missing_topic", alertOperator: true });
  return new Notification({
    topic,
    // APNs answers with this id, and it tells attempts apart.
    id: message.attemptId,
    // The same for every attempt of a delivery, so that a phone shows a message that was sent twice once.
    collapseId: message.deliveryId,
    pushType: "alert",
    priority: PRIORITIES[message.priority],
    ...(expiresAt === null ? {} : { expiry: Math.max(0, Math.floor(expiresAt.getTime() / 1_000)) }),
    alert: { title: content.title, body: content.body },
    payload: { ...content.data, ...idsOf(message) },
  });
}

function optionsOf(settings: ApnsSettings, connections: ApnsConnections): ProviderOptions {
  const options = {
    token: { key: readSigningKey(settings.keyFile), keyId: settings.keyId, teamId: settings.teamId },
    // For the request's header; where it goes is up to us.
    address: settings.baseUrl === null ? HOST : new URL(settings.baseUrl).host,
    // It would repeat a request at once, inside one attempt.
    connectionRetryLimit: 0,
    requestTimeout: SDK_TIMEOUT_MS,
    // The SDK hands on to `http2.connect` what it does not know.
    createConnection: () => connections.open(),
  };
  return options;
}
