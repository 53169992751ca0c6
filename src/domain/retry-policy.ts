import type { Channel } from "./channel.ts";
import type { Guarantee } from "./guarantee.ts";

/** How one provider call ended; `unknown` covers every case in which the message may or may not have been taken. */
export type AttemptOutcome = "sent" | "permanent" | "throttled" | "transient" | "unknown";

export type ChannelPolicy = {
  /** Hard limit of one provider call, in milliseconds; its outcome is unknown afterwards. */
  callDeadlineMs: number;
  /** Back-off before the second attempt, doubled for each one after it, in milliseconds. */
  initialBackoffMs: number;
  maxBackoffMs: number;
};

/** Retries go on for this long after the first attempt, or until the notification expires. */
export const RETRY_FOR_MS = 24 * 3_600_000;

/** Phones are asked quickly and often; mail servers grey-list for minutes, so mail waits longer. */
export const CHANNEL_POLICIES: Record<Channel, ChannelPolicy> = {
  apns: { callDeadlineMs: 10_000, initialBackoffMs: 1_000, maxBackoffMs: 300_000 },
  fcm: { callDeadlineMs: 10_000, initialBackoffMs: 1_000, maxBackoffMs: 300_000 },
  sms: { callDeadlineMs: 10_000, initialBackoffMs: 2_000, maxBackoffMs: 600_000 },
  email: { callDeadlineMs: 20_000, initialBackoffMs: 2_000, maxBackoffMs: 900_000 },
};

export type AttemptFacts = {
  channel: Channel;
  guarantee: Guarantee;
  outcome: Exclude<AttemptOutcome, "sent">;
  code: string;
  /** Attempts made so far, this one included. */
  attempts: number;
  /** What the provider asked for, in milliseconds. */
  retryAfterMs: number | null;
  now: Date;
  firstAttemptAt: Date;
  /** Of the time since the first attempt, the milliseconds in which nothing could be sent: they do not count. */
  pausedMs: number;
  expiresAt: Date | null;
  /** Uniform in [0, 1). */
  random: number;
};

export type NextStep =
  { retry: true; delayMs: number } | { retry: false; delivery: "failed" | "unknown"; reason: string };

/** What follows an attempt that did not certainly succeed. */
export function afterAttempt(facts: AttemptFacts): NextStep {
  if (facts.outcome === "permanent") return { retry: false, delivery: "failed", reason: facts.code };
  if (facts.outcome === "unknown" && facts.guarantee === "at_most_once") {
    return { retry: false, delivery: "unknown", reason: facts.code };
  }
  const delayMs = retryDelayMs(facts);
  const retryAt = facts.now.getTime() + delayMs;
  if (facts.expiresAt !== null && retryAt >= facts.expiresAt.getTime()) {
    return { retry: false, delivery: "failed", reason: "expired" };
  }
  if (retryAt > facts.firstAttemptAt.getTime() + facts.pausedMs + RETRY_FOR_MS) {
    return { retry: false, delivery: "failed", reason: "retries_exhausted" };
  }
  return { retry: true, delayMs };
}

/**
 * Exponential with full jitter, but never sooner than the provider asked for. Jitter keeps a fleet of workers from
 * knocking in step after an outage.
 */
function retryDelayMs(facts: AttemptFacts): number {
  const policy = CHANNEL_POLICIES[facts.channel];
  const ceiling = Math.min(policy.maxBackoffMs, policy.initialBackoffMs * 2 ** Math.min(facts.attempts - 1, 30));
  const backoff = Math.max(policy.initialBackoffMs / 2, facts.random * ceiling);
  return Math.round(facts.retryAfterMs === null ? backoff : facts.retryAfterMs + facts.random * backoff);
}
