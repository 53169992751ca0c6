import twilio from "twilio";
import type { ProviderSettings } from "../config.ts";
import type { ProviderEvent, ReceiptType } from "../domain/receipt.ts";
import { TWILIO_CODES } from "./twilio-status.ts";
import { attemptIdIn, codeIn, eventKey, formFields, headerOf, type Webhook } from "./webhook.ts";

/** https://www.twilio.com/docs/messaging/api/message-resource#message-status-values; the others are of the way there. */
const STATUSES: Readonly<Record<string, ReceiptType>> = {
  sent: "sent",
  delivered: "delivered",
  read: "opened",
  undelivered: "failed",
  failed: "failed",
  canceled: "failed",
};

/** https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out: what Twilio makes of STOP and START. */
const OPT_OUTS: Readonly<Record<string, "opted_out" | "opted_in">> = { STOP: "opted_out", START: "opted_in" };

/**
 * Status callbacks and incoming messages of Twilio, signed with the account's auth token over the URL that Twilio calls
 * and the fields of the form. The signature has no time: a copy of an old request is told by its event alone.
 * @param publicUrl what Twilio knows this service as, without a slash at its end
 */
export function createTwilioWebhook(settings: ProviderSettings["twilio"], publicUrl: string): Webhook {
  return {
    maxBytes: 64 * 1024,
    read({ url, headers, body }) {
      if (settings === null) return { refused: "not_configured" };
      const signature = headerOf(headers, "x-twilio-signature");
      if (signature === null) return { refused: "unsigned" };
      const fields = formFields(body);
      if (!twilio.validateRequest(settings.authToken, signature, publicUrl + url, fields)) return { refused: "forged" };
      const events = eventsIn(fields, url);
      return events === null ? { refused: "unreadable" } : { events };
    },
  };
}

function eventsIn(fields: Record<string, unknown>, url: string): ProviderEvent[] | null {
  const { MessageSid: sid, MessageStatus: status, OptOutType: optOut, From: from } = fields;
  if (typeof sid !== "string") return null;
  if (typeof status === "string") return statusEvents(fields, sid, status, url);
  const type = typeof optOut === "string" ? OPT_OUTS[optOut.toUpperCase()] : undefined;
  if (type === undefined || typeof from !== "string") return [];
  return [{ key: eventKey(sid, type), type, channel: "sms", address: from }];
}

function statusEvents(fields: Record<string, unknown>, sid: string, status: string, url: string): ProviderEvent[] {
  const type = STATUSES[status];
  if (type === undefined) return [];
  const code = codeIn(fields["ErrorCode"]);
  return [
    {
      key: eventKey(sid, status),
      type,
      code,
      mark: (type === "failed" ? TWILIO_CODES[Number(code)]?.address : undefined) ?? null,
      occurredAt: null,
      attemptId: attemptIdIn(new URLSearchParams(url.split("?")[1]).get("attempt")),
      providerMessageId: sid,
    },
  ];
}
