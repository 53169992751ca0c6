/**
 * Milliseconds that a Retry-After header asks to wait, in either of its forms (RFC 9110, section 10.2.3); undefined where
 * it asks nothing that can be read.
 */
export function retryAfterMs(header: unknown, now: Date): number | undefined {
  if (typeof header !== "string") return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now.getTime();
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}
