/** How events are told to endpoints: how often, for how long, and when an endpoint is given up. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** From connecting to the end of the answer. */
export const CALL_DEADLINE_MS = 15_000;
/** A call whose process died is made again after this time: longer than a call and the noting of its end may take. */
export const LEASE_MS = 30_000;
/** So long after an event was queued nothing is tried any more. */
export const RETRY_FOR_MS = DAY_MS;
const FIRST_DELAY_MS = 5_000;
const MAX_DELAY_MS = 2 * HOUR_MS;

/** Calls under way at once: of the process, to one endpoint, and to one that has only failed of late. */
export const CALLS_AT_ONCE = 200;
export const CALLS_TO_ONE = 10;
export const CALLS_TO_FAILING = 1;

/** An endpoint that has only failed for so long is disabled. */
export const DISABLE_AFTER_MS = 5 * DAY_MS;
/** Failures further apart than this are two troubles: what lies between was not tried, so nobody knows. */
export const FAILING_GAP_MS = 2 * DAY_MS;

/** The secret before signs besides for so long. */
export const OLD_SECRET_FOR_MS = DAY_MS;
export const MAX_ENDPOINTS = 10;

export type CallOutcome =
  | { result: "delivered"; code: string }
  /** The receiver says that nobody is there any more (410). */
  | { result: "gone"; code: string }
  | { result: "failed"; code: string; retryAfterMs: number | null };

/**
 * In how many milliseconds a call that failed is made again; null: never. Exponential with jitter, at least as long as the
 * receiver asks for, as far as that is within what we wait at most.
 * @param attempts calls so far
 * @param queuedForMs since the event was queued
 * @param random from 0 to 1
 */
export function retryInMs(facts: {
  attempts: number;
  queuedForMs: number;
  retryAfterMs: number | null;
  random: number;
}): number | null {
  const { attempts, queuedForMs, retryAfterMs, random } = facts;
  const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 3 ** Math.min(attempts - 1, 20));
  const backoff = ceiling * (0.5 + random / 2);
  const delay = Math.round(Math.max(backoff, Math.min(retryAfterMs ?? 0, MAX_DELAY_MS)));
  return queuedForMs + delay > RETRY_FOR_MS ? null : delay;
}
