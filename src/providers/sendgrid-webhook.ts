import { createPublicKey, type KeyObject, verify } from "node:crypto";
import type { AddressMark, ProviderEvent, ReceiptType } from "../domain/receipt.ts";
import {
  attemptIdIn,
  codeIn,
  eventKey,
  headerOf,
  isStale,
  secondsToDate,
  type Webhook,
  type WebhookReading,
} from "./webhook.ts";

type Meaning = { type: ReceiptType; mark?: AddressMark };

/** https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event; the others are of the way there. */
const EVENTS: Readonly<Record<string, Meaning>> = {
  delivered: { type: "delivered" },
  open: { type: "opened" },
  click: { type: "clicked" },
  bounce: { type: "bounced", mark: "suppress" },
  dropped: { type: "failed" },
  spamreport: { type: "complained", mark: "suppress" },
  unsubscribe: { type: "unsubscribed", mark: "suppress" },
  group_unsubscribe: { type: "unsubscribed", mark: "suppress" },
};

/** SendGrid drops what it knows to be unwanted: the address is as dead as when it learnt that. */
const DROPPED_FOR_GOOD = /^(bounced address|unsubscribed address|spam reporting address|invalid)$/i;

/**
 * SendGrid's signed Event Webhook: ECDSA over the time and the body, by the key pair of which the settings have the
 * public half. Node's own verification: SendGrid's package does the same in JavaScript, slowly, and whoever sends
 * forgeries decides how often.
 * @param publicKey base64, as SendGrid shows it
 * @throws Error in one sentence for a key that is none
 */
export function createSendGridWebhook(publicKey: string | null): Webhook {
  const key = publicKey === null ? null : readKey(publicKey);
  return {
    // SendGrid sends at the latest when it has 768 KB.
    maxBytes: 4 * 1024 * 1024,
    read({ headers, body, now }): WebhookReading {
      if (key === null) return { refused: "not_configured" };
      const signature = headerOf(headers, "x-twilio-email-event-webhook-signature");
      const timestamp = headerOf(headers, "x-twilio-email-event-webhook-timestamp");
      if (signature === null || timestamp === null) return { refused: "unsigned" };
      if (!isSigned(Buffer.concat([Buffer.from(timestamp), body]), signature, key)) return { refused: "forged" };
      if (isStale(Number(timestamp) * 1_000, now)) return { refused: "stale" };
      const events = parseList(body);
      return events === null ? { refused: "unreadable" } : { events: events.flatMap(eventIn) };
    },
  };
}

function readKey(base64: string): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(base64, "base64"), format: "der", type: "spki" });
  } catch (cause) {
    throw new Error("SENDGRID_WEBHOOK_PUBLIC_KEY must be the verification key as SendGrid shows it", { cause });
  }
}

function isSigned(signed: Buffer, signature: string, key: KeyObject): boolean {
  try {
    return verify("sha256", signed, key, Buffer.from(signature, "base64"));
  } catch {
    return false; // no signature of such a key at all
  }
}

function parseList(body: Buffer): unknown[] | null {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return Array.isArray(value) ? value : null;
  } catch {
    return null; // the caller says so
  }
}

type SendGridEvent = Partial<
  Record<"event" | "type" | "reason" | "status" | "sg_event_id" | "sg_message_id" | "attemptId" | "timestamp", unknown>
>;

function eventIn(value: unknown): ProviderEvent[] {
  const event = (typeof value === "object" && value !== null ? value : {}) as SendGridEvent;
  const meaning = typeof event.event === "string" ? meaningOf(event.event, event) : undefined;
  if (meaning === undefined || typeof event.sg_event_id !== "string") return [];
  return [
    {
      key: eventKey(event.sg_event_id),
      type: meaning.type,
      code: codeIn(event.status) ?? (event.event === "dropped" ? "dropped" : null),
      mark: meaning.mark ?? null,
      occurredAt: secondsToDate(event.timestamp),
      attemptId: attemptIdIn(event.attemptId),
      // What it answered as X-Message-Id, and then what it is about.
      providerMessageId: typeof event.sg_message_id === "string" ? (event.sg_message_id.split(".")[0] ?? null) : null,
    },
  ];
}

function meaningOf(name: string, { type, reason }: SendGridEvent): Meaning | undefined {
  // A server that blocks us says nothing about the mailbox.
  if (name === "bounce" && type === "blocked") return { type: "bounced" };
  if (name === "dropped" && typeof reason === "string" && DROPPED_FOR_GOOD.test(reason)) {
    return { type: "failed", mark: "suppress" };
  }
  return Object.hasOwn(EVENTS, name) ? EVENTS[name] : undefined;
}
