/**
 * The longest that is waited: a page for maintenance, or a clock that is wrong, must not use up the time that retries go
 * on for.
 */
const MAX_MS = 3_600_000;

/**
 * Milliseconds that a Retry-After header asks to wait, in either of its forms (RFC 9110, section 10.2.3); undefined where
 * it asks nothing that can be read. At most an hour, whatever it asks.
 */
export function retryAfterMs(header: unknown, now: Date): number | undefined {
  if (typeof header !== "string") return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now.getTime();
  return ms >= 0 ? Math.min(ms, MAX_MS) : undefined;
}
