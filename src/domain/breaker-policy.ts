import type { AttemptOutcome } from "./retry-policy.ts";

/** When a provider is taken for broken, and how it is found to work again. Counted over all workers. */
export const BREAKER_POLICY = {
  /** Calls are counted over so long, in milliseconds, and then anew. */
  windowMs: 10_000,
  /** It opens when so many calls of a window have failed, and at least this share of them, … */
  minFailures: 5,
  failureShare: 0.5,
  /** … or when so many have failed in a row, however long that took: where little is sent, windows are nearly empty. */
  failuresInRow: 5,
  /** The first probe comes so long after opening, in milliseconds; each one that fails doubles the time to the next. */
  firstProbeAfterMs: 5_000,
  maxProbeAfterMs: 30_000,
  /** A prober that has not said how it went by then is dead, and another attempt may probe. Longer than any call. */
  probeLeaseMs: 30_000,
  /** What waits meanwhile asks again at times that are spread over so long, in milliseconds. */
  minSpreadMs: 5_000,
  maxSpreadMs: 300_000,
  /** What expires asks again before this share of the time that it has left is over, but not more often than it must. */
  shareOfTimeLeft: 0.25,
};

/**
 * When a delivery that waits for a provider to work asks again, in milliseconds. All that wait come at different times,
 * and the longer they have waited in vain, the more of that is spread: an outage of hours with many that wait would
 * otherwise be little else than asking, and an eighth more of it is soon borne. What expires does not sleep through a
 * recovery that comes in time.
 * @param wait.readyInMs until the next probe
 * @param wait.brokenForMs how long it has been broken
 * @param wait.expiresInMs null: never
 * @param wait.random uniform in [0, 1)
 */
export function askAgainInMs(wait: {
  readyInMs: number;
  brokenForMs: number;
  expiresInMs: number | null;
  random: number;
}): number {
  const { minSpreadMs, maxSpreadMs, shareOfTimeLeft } = BREAKER_POLICY;
  const spreadMs = Math.max(minSpreadMs, wait.readyInMs, Math.min(wait.brokenForMs / 8, maxSpreadMs));
  const delayMs = wait.readyInMs + spreadMs * wait.random;
  if (wait.expiresInMs === null) return delayMs;
  const latestMs = Math.max(minSpreadMs, wait.expiresInMs * shareOfTimeLeft);
  return Math.min(delayMs, (latestMs * (1 + wait.random)) / 2);
}

/** Whose fault it is that an attempt failed: that of the provider, our account or the way there; or this message's. */
export type Fault = "provider" | "message";

/** What a call says of the provider's health; null: nothing. */
export type CallHealth = "working" | "failing" | null;

/**
 * A provider that answers works, also where it refuses a message; a rate is an answer too, unless a person has to raise
 * it. What it says to one recipient's message is no failure of its own.
 */
export function callHealth(ending: {
  outcome: AttemptOutcome;
  fault: Fault;
  alertOperator: boolean;
}): Exclude<CallHealth, null> {
  switch (ending.outcome) {
    case "sent":
    case "permanent":
      return "working";
    case "throttled":
      return ending.alertOperator ? "failing" : "working";
    case "transient":
    case "unknown":
      return ending.fault === "provider" ? "failing" : "working";
  }
}
