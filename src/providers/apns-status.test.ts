import { describe, expect, it } from "vitest";
import { type ApnsProgress, errorOfApns } from "./apns-status.ts";

const NOW = new Date("2026-11-22T12:00:00Z");

function progress(changes: Partial<ApnsProgress> = {}): ApnsProgress {
  return { status: null, retryAfter: undefined, reached: true, refused: false, environmentProven: false, ...changes };
}

function verdict(failure: object, seen: Partial<ApnsProgress>): object {
  const { kind, code, address, deadSince, alertOperator, retryAfterMs } = errorOfApns(failure, progress(seen), NOW);
  return { kind, code, address, deadSince, alertOperator, retryAfterMs };
}

describe("an answer of APNs", () => {
  it.each([
    [410, "Unregistered", "permanent", "deactivate", false],
    [410, "ExpiredToken", "permanent", "deactivate", false],
    [400, "BadDeviceToken", "permanent", undefined, true],
    [400, "DeviceTokenNotForTopic", "permanent", undefined, true],
    [400, "TopicDisallowed", "permanent", undefined, true],
    [400, "PayloadEmpty", "permanent", undefined, true],
    [400, "IdleTimeout", "transient", undefined, false],
    [413, "PayloadTooLarge", "permanent", undefined, false],
    [403, "InvalidProviderToken", "transient", undefined, true],
    [403, "MissingProviderToken", "transient", undefined, true],
    [403, "BadEnvironmentKeyInToken", "transient", undefined, true],
    [403, "Forbidden", "transient", undefined, true],
    [404, "BadPath", "transient", undefined, true],
    [429, "TooManyRequests", "throttled", undefined, false],
    [429, "TooManyProviderTokenUpdates", "throttled", undefined, true],
    [500, "InternalServerError", "ambiguous", undefined, false],
    [503, "ServiceUnavailable", "ambiguous", undefined, false],
    [503, "Shutdown", "ambiguous", undefined, false],
    [400, "NeverHeardOf", "permanent", undefined, true],
    [429, "NeverHeardOf", "throttled", undefined, false],
    [503, "Unregistered", "ambiguous", undefined, false],
  ])("of %i with %s", (status, reason, kind, address, alertOperator) => {
    expect(verdict({ response: { reason } }, { status })).toMatchObject({ kind, code: reason, address, alertOperator });
  });

  it.each([
    [403, "transient", true],
    [404, "transient", true],
    [408, "ambiguous", false],
    [413, "permanent", false],
    [429, "throttled", false],
    [502, "ambiguous", false],
  ])("of %i without a reason", (status, kind, alertOperator) => {
    for (const response of [undefined, { reason: 7 }, { reason: "a text that quotes abcd1234" }]) {
      expect(verdict({ response }, { status })).toMatchObject({ kind, code: String(status), alertOperator });
    }
  });

  it("of 200 that the SDK could not read leaves a doubt", () => {
    const error = new Error("Unexpected error processing APNs response");
    expect(verdict({ error }, { status: 200 })).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it("names a reason that the SDK made an error of", () => {
    const failure = { error: new Error("ExpiredProviderToken") };
    expect(verdict(failure, { status: 403 })).toMatchObject({ kind: "transient", code: "ExpiredProviderToken" });
  });

  it.each([
    [1_700_000_000_000, new Date(1_700_000_000_000)],
    [undefined, undefined],
    ["1700000000000", undefined],
    [Infinity, undefined],
  ])("with the time %s says since when a token is dead: %s", (timestamp, deadSince) => {
    expect(verdict({ response: { reason: "Unregistered", timestamp } }, { status: 410 })).toMatchObject({ deadSince });
  });

  it("of a bad token deactivates it where the environment is known to be right", () => {
    const failure = { response: { reason: "BadDeviceToken" } };
    expect(verdict(failure, { status: 400, environmentProven: true })).toMatchObject({
      kind: "permanent",
      address: "deactivate",
      alertOperator: false,
    });
  });

  it.each([
    ["TooManyRequests", undefined, undefined],
    ["TooManyRequests", "30", 30_000],
    ["TooManyProviderTokenUpdates", undefined, 1_200_000],
  ])("of %s with the header %s asks to wait %s ms", (reason, retryAfter, retryAfterMs) => {
    expect(verdict({ response: { reason } }, { status: 429, retryAfter })).toMatchObject({ retryAfterMs });
  });
});

describe("no answer", () => {
  const refusedConnection = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  const wrapped = Object.assign(new Error("apn write failed"), {
    cause: () => new Error("cancelled", { cause: refusedConnection }),
  });

  it.each([
    ["a request that cannot have been read", { reached: false }, wrapped, "transient", "connection_refused"],
    ["a request that may have been read", { reached: true }, wrapped, "ambiguous", "connection_refused"],
    ["an unknown end", { reached: true }, new Error("apn write aborted"), "ambiguous", "connection_reset"],
    ["an unknown beginning", { reached: false }, new Error("client is destroyed"), "transient", "connection_closed"],
    ["a request that the server did not look at", { refused: true }, new Error("x"), "transient", "connection_closed"],
    ["a text in the place of an error", { reached: false }, "abcd1234", "transient", "connection_closed"],
  ])("to %s", (_name, seen, error, kind, code) => {
    expect(verdict({ error }, seen)).toMatchObject({ kind, code });
  });
});
