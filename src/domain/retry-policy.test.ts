import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHANNELS } from "./channel.ts";
import type { ProviderFacts } from "./choose-provider.ts";
import { afterAttempt, type EndedAttempt, CHANNEL_POLICIES, RETRY_FOR_MS, STANDBY_DELAY_MS } from "./retry-policy.ts";

const now = new Date("2026-11-22T12:00:00Z");
const fresh = (provider: string, more: Partial<ProviderFacts> = {}): ProviderFacts => ({
  provider,
  ...{ paused: false, breaker: "closed", refused: false, calls: 0, setbacks: 0, againAt: null, inDoubt: false },
  ...more,
});
const facts = (more: Partial<EndedAttempt> = {}): EndedAttempt => ({
  channel: "email",
  guarantee: "at_least_once",
  outcome: "transient",
  fault: "provider",
  code: "ECONNREFUSED",
  attempts: 1,
  provider: "smtp",
  providers: [fresh("smtp")],
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
    // What somebody had paused was not to be tried: that time does not count.
    expect(afterAttempt(facts({ firstAttemptAt, pausedMs: 3_600_000 }))).toMatchObject({ retry: true });
  });

  describe("where there is a standby", () => {
    const two = [fresh("smtp"), fresh("sendgrid")];

    it("asks it after a second, whatever the provider asked for", () => {
      const next = afterAttempt(facts({ providers: two, outcome: "throttled", retryAfterMs: 60_000 }));
      expect(next).toMatchObject({
        retry: true,
        delayMs: STANDBY_DELAY_MS,
        setback: { setback: true, refused: false },
      });
    });

    it("asks it after a refusal that is the provider's own, and not after one that others would give too", () => {
      const refusal = { providers: two, outcome: "permanent", code: "5.7.1" } as const;
      expect(afterAttempt(facts(refusal))).toMatchObject({ retry: true, setback: { refused: true } });
      expect(afterAttempt(facts({ ...refusal, fault: "message" }))).toMatchObject({ retry: false, reason: "5.7.1" });
    });

    it("gives up once each has refused", () => {
      const refusal = { outcome: "permanent", provider: "sendgrid", code: "400" } as const;
      const providers = [fresh("smtp", { refused: true }), fresh("sendgrid")];
      expect(afterAttempt(facts({ ...refusal, providers }))).toMatchObject({ retry: false, reason: "400" });
    });

    it("waits for one that is broken or paused rather than give up", () => {
      const refusal = { outcome: "permanent", code: "5.7.1" } as const;
      const providers = [fresh("smtp"), fresh("sendgrid", { breaker: "open" })];
      expect(afterAttempt(facts({ ...refusal, providers }))).toMatchObject({ retry: true });
    });

    it("stays with the provider whose recipient is busy, or that may have taken the message", () => {
      for (const more of [{ fault: "message" }, { outcome: "unknown" }] as const) {
        const next = afterAttempt(facts({ ...more, providers: two, random: 0.999 }));
        expect(next.retry && next.delayMs > STANDBY_DELAY_MS).toBe(true);
      }
    });

    it("leaves the one in doubt where that is broken", () => {
      const providers = [fresh("smtp", { breaker: "open" }), fresh("sendgrid")];
      const next = afterAttempt(facts({ outcome: "unknown", providers, random: 0.999 }));
      expect(next).toMatchObject({ retry: true, delayMs: STANDBY_DELAY_MS });
    });

    it("backs off by each provider's own failures", () => {
      const known = [fresh("smtp", { calls: 5, againAt: now }), fresh("sendgrid", { calls: 4, paused: true })];
      const next = afterAttempt(facts({ providers: known, attempts: 10, random: 0.5 }));
      expect(next).toMatchObject({ retry: true, setback: { againInMs: 0.5 * 2_000 * 2 ** 5 } });
    });
  });
});
