/** When a notification may go out, and until when anybody wants it. All times are instants. */

/**
 * The moment after which nothing is sent any more, or null for never. The category's `expiresAfter` counts from the
 * later of acceptance and `sendAt`; an explicit `expiresAt` wins.
 */
export function expiryOf(request: {
  acceptedAt: Date;
  sendAt: Date | null;
  expiresAt: Date | null;
  expiresAfterMs: number | null;
}): Date | null {
  if (request.expiresAt !== null) return request.expiresAt;
  if (request.expiresAfterMs === null) return null;
  const from = Math.max(request.acceptedAt.getTime(), request.sendAt?.getTime() ?? 0);
  return new Date(from + request.expiresAfterMs);
}

export type TimingDecision = { kind: "now" } | { kind: "wait"; until: Date } | { kind: "expired" };

export function decideTiming(now: Date, sendAt: Date | null, expiresAt: Date | null): TimingDecision {
  if (expiresAt !== null && expiresAt <= now) return { kind: "expired" };
  if (sendAt !== null && sendAt > now) return { kind: "wait", until: sendAt };
  return { kind: "now" };
}
