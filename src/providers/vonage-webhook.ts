import { createHmac } from "node:crypto";
import type { AddressMark, ProviderEvent, ReceiptType } from "../domain/receipt.ts";
import { attemptIdIn, codeIn, eventKey, formFields, headerOf, isStale, sameText, type Webhook } from "./webhook.ts";

/** https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts; the others are of the way there. */
const STATUSES: Readonly<Record<string, ReceiptType>> = {
  accepted: "sent",
  delivered: "delivered",
  expired: "failed",
  failed: "failed",
  rejected: "failed",
};

/** What some of its error codes mean for the number. */
const MARKS: Readonly<Record<string, AddressMark>> = {
  "3": "deactivate", // absent for good
  "4": "suppress", // barred by whoever has it
  "9": "suppress", // its owner wants nothing from this service, whatever the name: `Illegal Number`
  "14": "suppress", // barred by the carrier
};

/** By the length of its hexadecimal text. The others that Vonage offers, MD5 and SHA-1, are not taken. */
const HASHES: Readonly<Record<number, string>> = { 64: "sha256", 128: "sha512" };

const OPT_OUTS: Readonly<Record<string, "opted_out" | "opted_in">> = {
  STOP: "opted_out",
  STOPALL: "opted_out",
  UNSUBSCRIBE: "opted_out",
  START: "opted_in",
  UNSTOP: "opted_in",
};

/**
 * Delivery receipts and incoming texts of Vonage's SMS API, signed over their parameters:
 * https://developer.vonage.com/en/getting-started/concepts/signing-messages. The signature method of the account must be
 * SHA-256 HMAC or SHA-512 HMAC.
 */
export function createVonageWebhook(signatureSecret: string | null): Webhook {
  return {
    maxBytes: 64 * 1024,
    read({ headers, body, now }) {
      if (signatureSecret === null) return { refused: "not_configured" };
      const fields = fieldsIn(headerOf(headers, "content-type"), body);
      const { sig, timestamp } = fields;
      if (sig === undefined || timestamp === undefined) return { refused: "unsigned" };
      const expected = vonageSignature(fields, signatureSecret, HASHES[sig.length] ?? "sha256");
      if (!sameText(sig.toLowerCase(), expected)) return { refused: "forged" };
      if (isStale(Number(timestamp) * 1_000, now)) return { refused: "stale" };
      const events = eventsIn(fields);
      return events === null ? { refused: "unreadable" } : { events };
    },
  };
}

/** In lower-case hexadecimal. */
export function vonageSignature(fields: Record<string, string>, secret: string, hash: string): string {
  const signed = Object.keys(fields)
    .filter((name) => name !== "sig")
    .toSorted()
    .map((name) => `&${name}=${(fields[name] ?? "").replace(/[&=]/g, "_")}`)
    .join("");
  return createHmac(hash, secret).update(signed).digest("hex");
}

/** Vonage sends a form or JSON, as the account says; every value counts as text, and is signed as such. */
function fieldsIn(contentType: string | null, body: Buffer): Record<string, string> {
  const values = contentType?.includes("json") === true ? jsonFields(body) : formFields(body);
  const texts = Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
    const text = textOf(value);
    return text === null ? [] : [[name, text] as const];
  });
  return Object.fromEntries(texts);
}

/** Null for what is no single value. */
function textOf(value: unknown): string | null {
  if (value === null) return "";
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

function jsonFields(body: Buffer): object {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {}; // then it is not signed either
  }
}

function eventsIn(fields: Record<string, string>): ProviderEvent[] | null {
  const { messageId, status, msisdn, keyword, "client-ref": clientRef, "err-code": errorCode } = fields;
  if (messageId === undefined || messageId === "") return null;
  if (status === undefined || status === "") {
    const type = OPT_OUTS[(keyword ?? "").toUpperCase()];
    if (type === undefined || msisdn === undefined || !/^\+?\d{5,15}$/.test(msisdn)) return [];
    return [{ key: eventKey(messageId, type), type, channel: "sms", address: `+${msisdn.replace("+", "")}` }];
  }
  const type = STATUSES[status];
  if (type === undefined) return [];
  return [
    {
      key: eventKey(messageId, status),
      type,
      code: errorCode === "0" ? null : codeIn(errorCode),
      mark: (type === "failed" ? MARKS[errorCode ?? ""] : undefined) ?? null,
      occurredAt: utcTime(fields["message-timestamp"]),
      attemptId: attemptIdIn(clientRef),
      providerMessageId: messageId,
    },
  ];
}

/** `2026-11-25 08:30:00`, in UTC. */
function utcTime(text: string | undefined): Date | null {
  const match = /^(\d{4}-\d\d-\d\d)[ +](\d\d:\d\d:\d\d)$/.exec(text ?? "");
  const time = match === null ? NaN : Date.parse(`${match[1]}T${match[2]}Z`);
  return Number.isNaN(time) ? null : new Date(time);
}
