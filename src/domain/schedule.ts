/** When a notification may go out, and until when anybody wants it. All times are instants. */

/** What was asked for, as it stands on the row: a reschedule may have changed it. */
export type Timing = { sendAt: Date | null; expiresAt: Date | null };

/**
 * The times of a request (ISO 8601). An explicit `expiresAt` wins; the category's `expiresAfter` counts from the later of
 * acceptance and `sendAt`.
 */
export function timingOf(
  request: { sendAt?: string | undefined; expiresAt?: string | undefined },
  acceptedAt: Date,
  expiresAfterMs: number | null,
): Timing {
  const sendAt = request.sendAt === undefined ? null : new Date(request.sendAt);
  if (request.expiresAt !== undefined) return { sendAt, expiresAt: new Date(request.expiresAt) };
  if (expiresAfterMs === null) return { sendAt, expiresAt: null };
  const from = Math.max(acceptedAt.getTime(), sendAt?.getTime() ?? 0);
  return { sendAt, expiresAt: new Date(from + expiresAfterMs) };
}
