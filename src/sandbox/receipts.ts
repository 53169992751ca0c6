import { createHmac, randomUUID, sign } from "node:crypto";
import twilio from "twilio";
import type { SandboxMessage } from "./message.ts";
import { SANDBOX_KEYS, sendgridPrivateKey } from "./sandbox-keys.ts";
import { vonagePartIds } from "./vonage-parts.ts";

export const RECEIPTS = [
  "sent",
  "delivered",
  "opened",
  "clicked",
  "bounced",
  "complained",
  "unsubscribed",
  "failed",
] as const;
export type ReceiptWord = (typeof RECEIPTS)[number];

/** Where the API is reached, and what it believes its own address to be, which is part of signatures. */
export type WebhookTarget = { url: string; publicUrl: string };

type Webhook = { path: string; headers: Record<string, string>; body: string };
type Making = { message: SandboxMessage; publicUrl: string; now: Date };
type Words<Word> = Partial<Record<ReceiptWord, Word>>;

const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** What each provider calls it; what is missing, it does not tell. */
const TWILIO: Words<Record<string, string>> = {
  sent: { MessageStatus: "sent" },
  delivered: { MessageStatus: "delivered" },
  opened: { MessageStatus: "read" },
  bounced: { MessageStatus: "undelivered", ErrorCode: "30005" },
  failed: { MessageStatus: "failed", ErrorCode: "30008" },
};
const VONAGE: Words<Record<string, string>> = {
  sent: { status: "accepted", "err-code": "0" },
  delivered: { status: "delivered", "err-code": "0" },
  bounced: { status: "failed", "err-code": "3" },
  failed: { status: "expired", "err-code": "2" },
};
const SENDGRID: Words<Record<string, string>> = {
  delivered: { event: "delivered" },
  opened: { event: "open" },
  clicked: { event: "click" },
  bounced: { event: "bounce", type: "bounce", status: "5.1.1", reason: "550 5.1.1 no such mailbox" },
  complained: { event: "spamreport" },
  unsubscribed: { event: "unsubscribe" },
  failed: { event: "dropped", reason: "Spam Content" },
};
const MAILCHIMP: Words<string> = {
  sent: "send",
  delivered: "delivered",
  opened: "open",
  clicked: "click",
  bounced: "hard_bounce",
  complained: "spam",
  unsubscribed: "unsub",
  failed: "reject",
};

const MAKERS: Record<string, (making: Making, type: ReceiptWord) => Webhook[]> = {
  twilio: ({ message, publicUrl }, type) => {
    const sid = `SM${message.id.replaceAll("-", "")}`;
    const query = message.attemptId === null ? "" : `?attempt=${encodeURIComponent(message.attemptId)}`;
    if (type === "unsubscribed") {
      const reply = { MessageSid: `SM${randomUUID().replaceAll("-", "")}`, From: message.to, Body: "STOP" };
      return [twilioWebhook("/webhooks/twilio", { ...reply, OptOutType: "STOP" }, publicUrl)];
    }
    const words = TWILIO[type];
    return words === undefined
      ? []
      : [twilioWebhook(`/webhooks/twilio${query}`, { MessageSid: sid, To: message.to, ...words }, publicUrl)];
  },
  vonage: ({ message, now }, type) => {
    const msisdn = message.to.replace("+", "");
    const timestamp = String(Math.floor(now.getTime() / 1_000));
    if (type === "unsubscribed") {
      return [vonageWebhook({ messageId: randomUUID(), msisdn, keyword: "STOP", text: "STOP", timestamp })];
    }
    const words = VONAGE[type];
    if (words === undefined) return [];
    const fields: Record<string, string> = { msisdn, timestamp, ...words };
    if (message.attemptId !== null) fields["client-ref"] = message.attemptId;
    // One of each part.
    return vonagePartIds(message).map((messageId) => vonageWebhook({ messageId, ...fields }));
  },
  sendgrid: ({ message, now }, type) => {
    const words = SENDGRID[type];
    if (words === undefined) return [];
    const timestamp = Math.floor(now.getTime() / 1_000);
    const { attemptId, notificationId, to: email } = message;
    const id = Buffer.from(message.id.replaceAll("-", ""), "hex").toString("base64url");
    const event = { email, timestamp, sg_event_id: randomUUID(), sg_message_id: `${id}.sandbox-0`, ...words };
    const body = JSON.stringify([{ ...event, attemptId, notificationId }]);
    const signature = sign("sha256", Buffer.from(`${timestamp}${body}`), sendgridPrivateKey).toString("base64");
    const headers = {
      "content-type": "application/json",
      "x-twilio-email-event-webhook-signature": signature,
      "x-twilio-email-event-webhook-timestamp": String(timestamp),
    };
    return [{ path: "/webhooks/sendgrid", headers, body }];
  },
  mailchimp: ({ message, publicUrl, now }, type) => {
    const event = MAILCHIMP[type];
    if (event === undefined) return [];
    const path = "/webhooks/mailchimp";
    const { attemptId, to: email } = message;
    const msg = { _id: message.id, email, metadata: attemptId === null ? {} : { attemptId } };
    const events = JSON.stringify([{ event, _id: message.id, ts: Math.floor(now.getTime() / 1_000), msg }]);
    const signature = createHmac("sha1", SANDBOX_KEYS.mailchimpWebhookKey)
      .update(`${publicUrl}${path}mandrill_events${events}`)
      .digest("base64");
    const body = new URLSearchParams({ mandrill_events: events }).toString();
    return [{ path, headers: { ...FORM, "x-mandrill-signature": signature }, body }];
  },
};

function twilioWebhook(path: string, fields: Record<string, string>, publicUrl: string): Webhook {
  const signature = twilio.getExpectedTwilioSignature(SANDBOX_KEYS.twilioAuthToken, publicUrl + path, fields);
  return { path, headers: { ...FORM, "x-twilio-signature": signature }, body: new URLSearchParams(fields).toString() };
}

function vonageWebhook(fields: Record<string, string>): Webhook {
  const signed = Object.entries(fields)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `&${name}=${value.replace(/[&=]/g, "_")}`)
    .join("");
  const sig = createHmac("sha256", SANDBOX_KEYS.vonageSignatureSecret).update(signed).digest("hex");
  return { path: "/webhooks/vonage", headers: FORM, body: new URLSearchParams({ ...fields, sig }).toString() };
}

/** The webhooks that its provider would send; none where it tells no such thing. */
export function webhooksFor(making: Making, type: ReceiptWord): Webhook[] {
  const { provider } = making.message;
  return Object.hasOwn(MAKERS, provider) ? (MAKERS[provider]?.(making, type) ?? []) : [];
}

/** Tells the API one after the other, as long as it takes them. Returns the last answer as `sendWebhook` does. */
export async function sendWebhooks(target: WebhookTarget, webhooks: readonly Webhook[]): Promise<number | null> {
  let status: number | null = null;
  for (const webhook of webhooks) {
    status = await sendWebhook(target, webhook);
    if (status === null || status >= 300) return status;
  }
  return status;
}

/** Tells the API. Returns its HTTP status, or null where it cannot be reached. */
export async function sendWebhook(target: WebhookTarget, { path, headers, body }: Webhook): Promise<number | null> {
  try {
    const response = await fetch(target.url + path, {
      method: "POST",
      headers,
      body,
      signal: AbortSignal.timeout(10_000),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return null; // not started, or gone: the caller says so
  }
}
