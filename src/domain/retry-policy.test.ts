import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHANNELS } from "./channel.ts";
import { afterAttempt, type AttemptFacts, CHANNEL_POLICIES, RETRY_FOR_MS } from "./retry-policy.ts";

const now = new Date("2026-11-22T12:00:00Z");
const facts = (more: Partial<AttemptFacts> = {}): AttemptFacts => ({
  channel: "email",
  guarantee: "at_least_once",
  outcome: "transient",
  code: "ECONNREFUSED",
  attempts: 1,
  retryAfterMs: null,
  now,
  firstAttemptAt: now,
  pausedMs: 0,
  expiresAt: null,
  random: 0.5,
  ...more,
});

describe("after an attempt", () => {
  it("never tries again what would be refused again", () => {
    expect(afterAttempt(facts({ outcome: "permanent", code: "5.1.1" }))).toEqual({
      retry: false,
      delivery: "failed",
      reason: "5.1.1",
    });
  });

  it("stops in doubt where at most once is promised, and goes on where at least once is", () => {
    const unknown = { outcome: "unknown", code: "deadline_exceeded" } as const;
    expect(afterAttempt(facts({ ...unknown, guarantee: "at_most_once" }))).toEqual({
      retry: false,
      delivery: "unknown",
      reason: "deadline_exceeded",
    });
    expect(afterAttempt(facts(unknown)).retry).toBe(true);
  });

  it("waits at least as long as the provider asked for", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 50 }),
        (random, attempts) => {
          const next = afterAttempt(facts({ outcome: "throttled", retryAfterMs: 7_000, random, attempts }));
          expect(next.retry && next.delayMs >= 7_000).toBe(true);
        },
      ),
    );
  });

  it("backs off within the channel's bounds, whatever the number of attempts", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CHANNELS),
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (channel, attempts, random) => {
          const next = afterAttempt(facts({ channel, attempts, random }));
          const policy = CHANNEL_POLICIES[channel];
          if (!next.retry) throw new Error("no retry");
          expect(next.delayMs).toBeGreaterThanOrEqual(policy.initialBackoffMs / 2);
          expect(next.delayMs).toBeLessThanOrEqual(policy.maxBackoffMs);
        },
      ),
    );
  });

  it("gives up where the next attempt would come after the expiry", () => {
    const expiresAt = new Date(now.getTime() + 5_000);
    expect(afterAttempt(facts({ expiresAt, retryAfterMs: 5_000 }))).toMatchObject({ retry: false, reason: "expired" });
    expect(afterAttempt(facts({ expiresAt, retryAfterMs: 1_000, random: 0 }))).toMatchObject({ retry: true });
  });

  it("gives up a day after the first attempt", () => {
    const firstAttemptAt = new Date(now.getTime() - RETRY_FOR_MS);
    expect(afterAttempt(facts({ firstAttemptAt }))).toMatchObject({ retry: false, reason: "retries_exhausted" });
    // What was held back was not tried: that time does not count.
    expect(afterAttempt(facts({ firstAttemptAt, pausedMs: 3_600_000 }))).toMatchObject({ retry: true });
  });
});
