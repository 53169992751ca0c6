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
