import { describe, expect, it } from "vitest";
import { errorOfTwilio } from "./twilio-status.ts";

const NOW = new Date("2026-11-22T12:00:00Z");

function verdict(error: object, status: number, retryAfter?: string): object {
  const { kind, code, address, alertOperator, retryAfterMs } = errorOfTwilio(error, { status, retryAfter }, true, NOW);
  return { kind, code, address, alertOperator, retryAfterMs };
}

/** As the SDK throws it. */
function restException(status: number, code?: unknown): Error {
  return Object.assign(new Error("The 'To' number +15005550001 is not valid"), { status, code });
}

describe("an answer of Twilio", () => {
  it.each([
    [400, 21211, "permanent", "deactivate", false],
    [400, 21614, "permanent", "deactivate", false],
    [400, 30005, "permanent", "deactivate", false],
    [400, 30006, "permanent", "deactivate", false],
    [400, 21610, "permanent", "suppress", false],
    [400, 30004, "permanent", "suppress", false],
    [400, 21617, "permanent", undefined, false],
    [400, 30007, "permanent", undefined, true],
    [403, 21408, "permanent", undefined, true],
    [400, 21612, "permanent", undefined, true],
    [400, 30034, "permanent", undefined, true],
    [401, 20003, "transient", undefined, true],
    [400, 21606, "transient", undefined, true],
    [400, 21608, "transient", undefined, true],
    [400, 21609, "transient", undefined, true],
    [403, 30002, "transient", undefined, true],
    [404, 20404, "transient", undefined, true],
    [400, 30003, "transient", undefined, false],
    [400, 30008, "transient", undefined, false],
    [429, 20429, "throttled", undefined, false],
    [400, 30001, "throttled", undefined, false],
    [400, 21611, "throttled", undefined, false],
    [429, 63038, "throttled", undefined, true],
    [500, 20500, "ambiguous", undefined, false],
    [503, 21211, "ambiguous", undefined, false],
    [400, 29999, "permanent", undefined, true],
    [429, 29999, "throttled", undefined, false],
    [401, 29999, "transient", undefined, true],
  ])("of %i with the code %i", (status, code, kind, address, alertOperator) => {
    expect(verdict(restException(status, code), status)).toEqual({
      kind,
      code: String(code),
      address,
      alertOperator,
      retryAfterMs: undefined,
    });
  });

  it.each([
    [200, "garbled_answer", "ambiguous", false],
    [307, "garbled_answer", "ambiguous", false],
    [403, "403", "transient", true],
    [404, "404", "transient", true],
    [408, "408", "ambiguous", false],
    [429, "429", "throttled", false],
    [502, "502", "ambiguous", false],
  ])("of %i without a code", (status, code, kind, alertOperator) => {
    for (const given of [undefined, "+15005550001", null]) {
      expect(verdict(restException(status, given), status)).toMatchObject({ kind, code, alertOperator });
    }
  });

  it("says when to come back", () => {
    expect(verdict(restException(429, 20429), 429, "7")).toMatchObject({ retryAfterMs: 7_000 });
  });
});
