import { z } from "zod";
import { isReservedName } from "./reserved-name.ts";

/**
 * The public id of a notification is its client and event ID, reversibly encoded, so that it can be looked up before
 * any row exists and is the same for every repeat of a request.
 */
export type NotificationKey = { clientId: string; eventId: string };

const CLIENT_ID = /^[a-z0-9-]{2,32}$/;
const EVENT_ID_MAX_BYTES = 200;
const PREFIX = "ntf_";
// C0 and C1 controls and DEL: they break logs, headers and the Web UI.
// eslint-disable-next-line no-control-regex -- naming control characters is the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

export const clientIdSchema = z
  .string()
  .regex(CLIENT_ID, "must be 2 to 32 characters of a-z, 0-9 and -")
  // The caps of the settings could not name it.
  .refine((id) => !isReservedName(id), "is not allowed as a name");

/** Event IDs become part of a workflow id, which Temporal on PostgreSQL keeps in 255 characters. */
export const eventIdSchema = z
  .string()
  .min(1, "must not be empty")
  .refine((value) => byteLength(value) <= EVENT_ID_MAX_BYTES, `must be at most ${EVENT_ID_MAX_BYTES} bytes of UTF-8`)
  .refine((value) => !CONTROL.test(value), "must not contain control characters")
  .refine((value) => value.isWellFormed(), "must be well-formed Unicode")
  .meta({ maxLength: EVENT_ID_MAX_BYTES, pattern: String.raw`^[^\u0000-\u001f\u007f-\u009f]*$` });

/** `ntf_` and base64url of `<client>:<eventId>`. Client ids hold no colon, so the first one separates. */
export function encodeNotificationId(key: NotificationKey): string {
  const bytes = new TextEncoder().encode(`${key.clientId}:${key.eventId}`);
  return PREFIX + base64UrlOf(bytes);
}

/** The key in an id, or null for anything that {@link encodeNotificationId} did not make. */
export function decodeNotificationId(id: string): NotificationKey | null {
  const bytes = id.startsWith(PREFIX) ? bytesOf(id.slice(PREFIX.length)) : null;
  if (bytes === null) return null;
  const text = new TextDecoder().decode(bytes);
  const colon = text.indexOf(":");
  const key = { clientId: text.slice(0, colon), eventId: text.slice(colon + 1) };
  const valid =
    colon > 0 && clientIdSchema.safeParse(key.clientId).success && eventIdSchema.safeParse(key.eventId).success;
  // One id per key: other spellings of the same bytes (padding, stray bits, replaced bytes) are nobody's id.
  return valid && encodeNotificationId(key) === id ? key : null;
}

function byteLength(value: string): number {
  return new TextEncoder().encode(value).length;
}

function base64UrlOf(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function bytesOf(base64Url: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_-]+$/.test(base64Url)) return null;
  try {
    return Uint8Array.from(atob(base64Url.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  } catch {
    // atob throws on a length that no bytes encode to: not an id of ours.
    return null;
  }
}
