import type { Fault } from "./breaker-policy.ts";
import type { Channel } from "./channel.ts";
import { nextTurnInMs, type ProviderFacts } from "./choose-provider.ts";
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

/** Sending goes on for this long, in milliseconds, or until the notification expires; pauses do not count. */
export const RETRY_FOR_MS = 24 * 3_600_000;

/** Another provider is asked after this time, in milliseconds. */
export const STANDBY_DELAY_MS = 1_000;

/** Phones are asked quickly and often; mail servers grey-list for minutes, so mail waits longer. */
export const CHANNEL_POLICIES: Record<Channel, ChannelPolicy> = {
  apns: { callDeadlineMs: 10_000, initialBackoffMs: 1_000, maxBackoffMs: 300_000 },
  fcm: { callDeadlineMs: 10_000, initialBackoffMs: 1_000, maxBackoffMs: 300_000 },
  sms: { callDeadlineMs: 10_000, initialBackoffMs: 2_000, maxBackoffMs: 600_000 },
  email: { callDeadlineMs: 20_000, initialBackoffMs: 2_000, maxBackoffMs: 900_000 },
};

export type EndedAttempt = {
  channel: Channel;
  guarantee: Guarantee;
  outcome: Exclude<AttemptOutcome, "sent">;
  fault: Fault;
  code: string;
  /** Attempts made so far, since the last replay, this one included. */
  attempts: number;
  /** Whose attempt it was; null: nobody's, since nobody was called. */
  provider: string | null;
  /** The channel's, in order, as they were before it. */
  providers: readonly ProviderFacts[];
  /** What the provider asked for, in milliseconds. */
  retryAfterMs: number | null;
  now: Date;
  firstAttemptAt: Date;
  /** Of the time since the first attempt, the milliseconds in which somebody had paused it: they do not count. */
  pausedMs: number;
  expiresAt: Date | null;
  /** Uniform in [0, 1). */
  random: number;
};

/** What a provider said of a delivery that goes on; see `ProviderFacts`. */
export type Setback = { refused: boolean; setback: boolean; againInMs: number };

export type NextStep =
  | { retry: true; delayMs: number; setback: Setback | null }
  | { retry: false; delivery: "failed" | "unknown"; reason: string };

/** What follows an attempt that did not certainly succeed. */
export function afterAttempt(facts: EndedAttempt): NextStep {
  const refused = facts.outcome === "permanent";
  if (refused && !hasAnother(facts)) return { retry: false, delivery: "failed", reason: facts.code };
  if (facts.outcome === "unknown" && facts.guarantee === "at_most_once") {
    return { retry: false, delivery: "unknown", reason: facts.code };
  }
  const againInMs = refused ? 0 : backoffMs(facts);
  const delayMs = retryDelayMs(facts, againInMs);
  const retryAt = facts.now.getTime() + delayMs;
  if (facts.expiresAt !== null && retryAt >= facts.expiresAt.getTime()) {
    return { retry: false, delivery: "failed", reason: "expired" };
  }
  if (retriesAreOver(new Date(retryAt), facts.firstAttemptAt, facts.pausedMs)) {
    return { retry: false, delivery: "failed", reason: "retries_exhausted" };
  }
  const setback = { refused, setback: facts.fault === "provider", againInMs };
  return { retry: true, delayMs, setback: facts.provider === null ? null : setback };
}

/** Whether an attempt at this time would come too late. `since`: its first attempt, or when it might have had one. */
export function retriesAreOver(at: Date, since: Date, pausedMs: number): boolean {
  return at.getTime() > since.getTime() + pausedMs + RETRY_FOR_MS;
}

/** A refusal that is the provider's own says nothing about the others, even where they cannot be asked just now. */
function hasAnother({ fault, provider, providers }: EndedAttempt): boolean {
  return fault === "provider" && providers.some((other) => other.provider !== provider && !other.refused);
}

/**
 * How long the provider is left alone with this delivery: exponential with full jitter, but never sooner than it asked
 * for. Jitter keeps a fleet of workers from knocking in step after an outage.
 */
function backoffMs({ channel, attempts, provider, providers, random, retryAfterMs }: EndedAttempt): number {
  const policy = CHANNEL_POLICIES[channel];
  const before = providers.find((known) => known.provider === provider);
  const doublings = before === undefined ? attempts - 1 : before.calls;
  const ceiling = Math.min(policy.maxBackoffMs, policy.initialBackoffMs * 2 ** Math.min(doublings, 30));
  const backoff = Math.max(policy.initialBackoffMs / 2, random * ceiling);
  return Math.round(retryAfterMs === null ? backoff : retryAfterMs + random * backoff);
}

/** The provider's own back-off, unless another one can be asked before: who failed least is asked next. */
function retryDelayMs(facts: EndedAttempt, againInMs: number): number {
  if (facts.fault === "message" || facts.provider === null) return againInMs;
  const now = facts.now.getTime();
  const after = facts.providers.map((known): ProviderFacts => {
    if (known.provider !== facts.provider) {
      const againAt = new Date(Math.max(now + STANDBY_DELAY_MS, known.againAt?.getTime() ?? 0));
      return { ...known, againAt, inDoubt: false };
    }
    const refused = facts.outcome === "permanent";
    return { ...known, refused, againAt: new Date(now + againInMs), inDoubt: facts.outcome === "unknown" };
  });
  // Where nobody can be asked, the gate says until when.
  return nextTurnInMs(after, facts.now) ?? Math.max(againInMs, STANDBY_DELAY_MS);
}
