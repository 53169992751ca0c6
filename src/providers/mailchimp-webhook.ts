import { createHmac } from "node:crypto";
import type { AddressMark, ProviderEvent, ReceiptType } from "../domain/receipt.ts";
import {
  attemptIdIn,
  codeIn,
  eventKey,
  formFields,
  headerOf,
  sameText,
  secondsToDate,
  type Webhook,
} from "./webhook.ts";

type Meaning = { type: ReceiptType; mark?: AddressMark };

/** https://mailchimp.com/developer/transactional/docs/webhooks; the others are of the way there. */
const EVENTS: Readonly<Record<string, Meaning>> = {
  send: { type: "sent" },
  delivered: { type: "delivered" },
  open: { type: "opened" },
  click: { type: "clicked" },
  hard_bounce: { type: "bounced", mark: "suppress" },
  soft_bounce: { type: "bounced" },
  spam: { type: "complained", mark: "suppress" },
  unsub: { type: "unsubscribed", mark: "suppress" },
  reject: { type: "failed" },
};

/**
 * Webhooks of Mailchimp Transactional, signed over the URL that was entered there and the fields of the form. The
 * signature has no time: a copy of an old request is told by its events alone.
 * @param publicUrl what Mailchimp knows this service as, without a slash at its end
 */
export function createMailchimpWebhook(webhookKey: string | null, publicUrl: string): Webhook {
  return {
    // A thousand events at most.
    maxBytes: 8 * 1024 * 1024,
    read({ url, headers, body }) {
      if (webhookKey === null) return { refused: "not_configured" };
      const signature = headerOf(headers, "x-mandrill-signature");
      if (signature === null) return { refused: "unsigned" };
      const fields = formFields(body);
      if (!sameText(signature, mailchimpSignature(publicUrl + url, fields, webhookKey))) return { refused: "forged" };
      const events = parseList(fields["mandrill_events"]);
      return events === null ? { refused: "unreadable" } : { events: events.flatMap(eventIn) };
    },
  };
}

export function mailchimpSignature(url: string, fields: Record<string, string | string[]>, key: string): string {
  const signed = Object.keys(fields)
    .toSorted()
    .map((name) => name + String(fields[name]))
    .join("");
  return createHmac("sha1", key)
    .update(url + signed)
    .digest("base64");
}

function parseList(text: unknown): unknown[] | null {
  try {
    const value: unknown = JSON.parse(String(text));
    return Array.isArray(value) ? value : null;
  } catch {
    return null; // the caller says so
  }
}

type MailchimpEvent = { event?: unknown; _id?: unknown; ts?: unknown; msg?: Partial<Record<string, unknown>> | null };

function eventIn(value: unknown): ProviderEvent[] {
  const { event, _id: id, ts, msg } = (typeof value === "object" && value !== null ? value : {}) as MailchimpEvent;
  const meaning = typeof event === "string" && Object.hasOwn(EVENTS, event) ? EVENTS[event] : undefined;
  if (meaning === undefined || typeof id !== "string" || typeof event !== "string") return [];
  const metadata = msg?.["metadata"] as { attemptId?: unknown } | null | undefined;
  return [
    {
      key: eventKey(id, event, typeof ts === "number" ? ts : null),
      type: meaning.type,
      code: codeIn(msg?.["bounce_description"]) ?? (event === "reject" ? "rejected" : null),
      mark: meaning.mark ?? null,
      occurredAt: secondsToDate(ts),
      attemptId: attemptIdIn(metadata?.attemptId),
      providerMessageId: id,
    },
  ];
}
