import { describe, expect, it } from "vitest";
import { askAgainInMs, BREAKER_POLICY, callHealth } from "./breaker-policy.ts";

describe("what a call says of a provider's health", () => {
  it.each([
    ["sent", "message", false, "working"],
    // It answers, whatever it holds against the message or against us.
    ["permanent", "message", false, "working"],
    ["permanent", "provider", true, "working"],
    ["throttled", "provider", false, "working"],
    // Only a person can raise that.
    ["throttled", "provider", true, "failing"],
    ["transient", "provider", false, "failing"],
    ["transient", "message", false, "working"],
    ["unknown", "provider", false, "failing"],
  ] as const)("%s, the fault of the %s (alert: %s): %s", (outcome, fault, alertOperator, health) => {
    expect(callHealth({ outcome, fault, alertOperator })).toBe(health);
  });
});

describe("when a delivery asks again that waits for a provider to work", () => {
  const at =
    (random: number) =>
    (readyInMs: number, brokenForMs: number, expiresInMs: number | null = null) =>
      askAgainInMs({ readyInMs, brokenForMs, expiresInMs, random });
  const [soonest, latest] = [at(0), at(1)];

  it("is never before the next probe", () => {
    for (const brokenForMs of [0, 60_000, 86_400_000]) expect(soonest(20_000, brokenForMs)).toBe(20_000);
  });

  it("is spread over seconds at first, and over an eighth of a long outage, within bounds", () => {
    expect(latest(0, 0)).toBe(BREAKER_POLICY.minSpreadMs);
    expect(latest(30_000, 60_000)).toBe(60_000);
    expect(latest(30_000, 600_000)).toBe(30_000 + 75_000);
    expect(latest(30_000, 86_400_000)).toBe(30_000 + BREAKER_POLICY.maxSpreadMs);
  });

  it("is several times before it expires, and not all the time near its end", () => {
    expect(latest(30_000, 86_400_000, 120_000)).toBe(30_000);
    expect(latest(30_000, 86_400_000, 86_400_000)).toBe(30_000 + BREAKER_POLICY.maxSpreadMs);
    for (const left of [10_000, 1, -1]) expect(latest(30_000, 86_400_000, left)).toBe(BREAKER_POLICY.minSpreadMs);
    expect(soonest(30_000, 86_400_000, 120_000)).toBe(15_000);
  });
});
