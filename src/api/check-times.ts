import { ApiError, invalidField } from "./errors.ts";

/** Further ahead is a slip, such as a year of five digits. */
const MAX_AHEAD_MS = 366 * 24 * 3_600_000;

/** @throws {ApiError} unless `sendAt` (ISO 8601) lies in the future, and within a year */
export function checkSendAt(now: Date, sendAt: string): void {
  const ahead = Date.parse(sendAt) - now.getTime();
  if (ahead <= 0) {
    throw new ApiError("send_at_in_past", {
      detail: "sendAt must be in the future; leave it out to send at once.",
      errors: [{ field: "sendAt", message: "is in the past" }],
    });
  }
  if (ahead > MAX_AHEAD_MS) throw invalidField("sendAt", "must be within 366 days from now");
}

/** @throws {ApiError} unless both times lie in the future, the expiry after `sendAt` */
export function checkTimes(
  now: Date,
  { sendAt, expiresAt }: { sendAt?: string | undefined; expiresAt?: string | undefined },
): void {
  if (sendAt !== undefined) checkSendAt(now, sendAt);
  const earliest = sendAt === undefined ? now.getTime() : Date.parse(sendAt);
  if (expiresAt !== undefined && Date.parse(expiresAt) <= earliest) {
    throw invalidField("expiresAt", sendAt === undefined ? "must be in the future" : "must be after sendAt");
  }
}
