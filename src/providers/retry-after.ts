/** Milliseconds that a Retry-After header (RFC 9110, in either of its forms) asks to wait; null where it asks nothing. */
export function retryAfterMs(header: unknown, now: Date): number | null {
  if (typeof header !== "string") return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now.getTime();
  return Number.isFinite(ms) && ms >= 0 ? ms : null;
}
