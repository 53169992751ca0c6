import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { ProviderEvent } from "../domain/receipt.ts";

/** A request that claims to come from a provider. */
export type WebhookRequest = {
  /** Path and query, as they were received. */
  url: string;
  headers: IncomingHttpHeaders;
  /** The bytes as they were received: signatures are of bytes, not of what they mean. */
  body: Buffer;
  now: Date;
};

/**
 * Why it is not believed: there is no key to check it with, no signature, a wrong one, one of another time, or it is
 * signed and yet cannot be read.
 */
export type WebhookRefusal = "not_configured" | "unsigned" | "forged" | "stale" | "unreadable";

/** Events that mean nothing to us are left out. */
export type WebhookReading = { events: ProviderEvent[] } | { refused: WebhookRefusal };

/** One provider's way of telling what became of messages. */
export interface Webhook {
  /** The largest body that it sends. */
  readonly maxBytes: number;
  /** Checks the signature before anything else is looked at. */
  read(request: WebhookRequest): WebhookReading;
}

/** A signature is made as the request is sent; one that is older, or newer, is somebody's copy. */
const SIGNATURE_VALID_MS = 10 * 60_000;

export function isStale(signedAtMs: number, now: Date): boolean {
  return !(Math.abs(now.getTime() - signedAtMs) <= SIGNATURE_VALID_MS);
}

/** Compares texts in a time that does not tell where they differ. */
export function sameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

export function headerOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" && value !== "" ? value : null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Our own id as it comes back; null for what was never one of ours. */
export function attemptIdIn(value: unknown): string | null {
  return typeof value === "string" && UUID.test(value) ? value.toLowerCase() : null;
}

/** A code as it may be kept; null for a text, which may quote an address. */
export function codeIn(value: unknown): string | null {
  const code = typeof value === "number" ? String(value) : value;
  return typeof code === "string" && /^[A-Za-z0-9._/-]{1,64}$/.test(code) ? code : null;
}

/** A name of an event, of parts that may be long. */
export function eventKey(...parts: readonly (string | number | null)[]): string {
  const key = parts.map((part) => part ?? "").join(":");
  return /^[\x21-\x7e]{1,200}$/.test(key) ? key : createHash("sha256").update(key).digest("base64url");
}

/** Null where there is no such time. */
export function secondsToDate(seconds: unknown): Date | null {
  const value = typeof seconds === "string" ? Number(seconds) : seconds;
  return typeof value === "number" && value > 0 && value < 1e11 ? new Date(value * 1_000) : null;
}

/** The fields of a form; of a repeated one the list. */
export function formFields(body: Buffer): Record<string, string | string[]> {
  const form = new URLSearchParams(body.toString("utf8"));
  const fields: Record<string, string | string[]> = {};
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name);
    Object.defineProperty(fields, name, { value: values.length === 1 ? values[0] : values, enumerable: true });
  }
  return fields;
}
