import { describe, expect, it } from "vitest";
import { callHealth } from "./breaker-policy.ts";

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
