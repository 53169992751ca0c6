import { describe, expect, it } from "vitest";
import { errorOfParts, errorOfVonage, partsIn, type VonagePart } from "./vonage-status.ts";

const NOW = new Date("2026-11-22T12:00:00Z");

function partsOf(...statuses: string[]): VonagePart[] {
  return statuses.map((status) => ({ status, id: status === "0" ? "0A00" : null }));
}

function verdict(parts: readonly VonagePart[], retryAfter?: string): object | null {
  const error = errorOfParts(parts, retryAfter, NOW);
  if (error === null) return null;
  const { kind, code, address, alertOperator, retryAfterMs } = error;
  return { kind, code, address, alertOperator, retryAfterMs };
}

describe("a text of one part", () => {
  it("is accepted with the status 0 alone", () => {
    expect(verdict(partsOf("0"))).toBeNull();
  });

  it.each([
    ["1", "throttled", undefined, false],
    ["2", "permanent", undefined, true],
    ["3", "permanent", undefined, true],
    ["4", "transient", undefined, true],
    ["5", "ambiguous", undefined, false],
    ["6", "permanent", undefined, false],
    ["7", "permanent", "suppress", false],
    ["8", "transient", undefined, true],
    ["9", "transient", undefined, true],
    ["10", "throttled", undefined, false],
    ["11", "transient", undefined, true],
    ["12", "permanent", undefined, false],
    ["14", "transient", undefined, true],
    ["15", "transient", undefined, true],
    ["22", "permanent", undefined, true],
    ["23", "transient", undefined, true],
    ["29", "transient", undefined, true],
    ["32", "transient", undefined, true],
    ["33", "permanent", "deactivate", false],
    ["99", "permanent", undefined, true],
  ])("is refused with the status %s", (status, kind, address, alertOperator) => {
    expect(verdict(partsOf(status))).toEqual({ kind, code: status, address, alertOperator, retryAfterMs: undefined });
  });

  it("says when to come back", () => {
    expect(verdict(partsOf("1"), "7")).toMatchObject({ kind: "throttled", retryAfterMs: 7_000 });
  });
});

describe("a text of several parts", () => {
  it.each([
    [["0", "0", "0"], null],
    [["9", "9"], { kind: "transient", code: "9", alertOperator: true }],
    [["33", "33"], { kind: "permanent", code: "33", address: "deactivate" }],
    // The one that may have gone out says more than the others.
    [["33", "5"], { kind: "ambiguous", code: "5" }],
    [["0", "1"], { kind: "ambiguous", code: "partly_accepted/1", alertOperator: false }],
    [["9", "0"], { kind: "ambiguous", code: "partly_accepted/9", alertOperator: true }],
    [["0", "33", "33"], { kind: "ambiguous", code: "partly_accepted/33", address: undefined }],
    [["0", "99"], { kind: "ambiguous", code: "partly_accepted/99", alertOperator: true }],
  ])("of which Vonage says %j", (statuses, expected) => {
    const answer = verdict(partsOf(...statuses));
    if (expected === null) expect(answer).toBeNull();
    else expect(answer).toMatchObject(expected);
  });
});

describe("the parts of an answer", () => {
  it.each([
    [{ messageCount: "1", messages: [{ status: "0", messageId: "a" }] }, [{ status: "0", id: "a" }]],
    [{ messages: [{ status: 0, messageId: "a" }] }, [{ status: "0", id: "a" }]],
    [{ messageCount: 1, messages: [{ status: "4", errorText: "Bad Credentials" }] }, [{ status: "4", id: null }]],
  ])("are read from %j", (answer, parts) => {
    expect(partsIn(answer)).toEqual(parts);
  });

  it.each([
    [null],
    ["accepted"],
    [{}],
    [{ messages: [] }],
    [{ messages: "0" }],
    [{ messages: [null] }],
    [{ messages: [{}] }],
    [{ messages: [{ status: "ok", messageId: "a" }] }],
    [{ messages: [{ status: "to +15005550001", messageId: "a" }] }],
    [{ messages: [{ status: "0", messageId: "a" }, null] }],
    [{ messageCount: "2", messages: [{ status: "0", messageId: "a" }] }],
  ])("are not to be found in %j", (answer) => {
    expect(partsIn(answer)).toBeNull();
  });
});

describe("an answer that is not of 200", () => {
  it.each([
    [202, "garbled_answer", "ambiguous", false],
    [307, "garbled_answer", "ambiguous", false],
    [400, "400", "transient", true],
    [401, "401", "transient", true],
    [403, "403", "transient", true],
    [404, "404", "transient", true],
    [408, "408", "ambiguous", false],
    [422, "422", "transient", true],
    [429, "429", "throttled", false],
    [500, "500", "ambiguous", false],
    [503, "503", "ambiguous", false],
  ])("but of %i", (status, code, kind, alertOperator) => {
    const error = errorOfVonage(new Error("to 15005550001"), { status, retryAfter: undefined }, true, NOW);
    expect(error).toMatchObject({ code, kind, alertOperator });
  });

  it("may say when to come back", () => {
    const error = errorOfVonage(new Error(), { status: 429, retryAfter: "7" }, true, NOW);
    expect(error).toMatchObject({ retryAfterMs: 7_000 });
  });
});
