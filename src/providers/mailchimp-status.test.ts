import { describe, expect, it } from "vitest";
import { acceptedFrom, errorOfMailchimp } from "./mailchimp-status.ts";
import { ProviderError } from "./provider.ts";

const NOW = new Date("2026-11-22T12:00:00Z");

function verdictOf({ kind, code, address, alertOperator }: ProviderError): object {
  return { kind, code, address, alertOperator };
}

/** As the SDK hands it over. */
function failure(status: number, data: unknown, headers: Record<string, string> = {}): ProviderError {
  const error = Object.assign(new Error("Request failed"), {
    code: "ERR_BAD_RESPONSE",
    response: { status, headers, data },
  });
  return errorOfMailchimp(error, true, NOW);
}

function fault(name: string): object {
  return { status: "error", code: -1, name, message: "something about mina@example.com" };
}

function refusalIn(answer: unknown): ProviderError {
  try {
    acceptedFrom(answer);
  } catch (error) {
    expect(error).toBeInstanceOf(ProviderError);
    return error as ProviderError;
  }
  return expect.fail("The answer is an acceptance.");
}

describe("a result", () => {
  it.each(["sent", "queued", "scheduled"])("of %s is an acceptance", (status) => {
    expect(acceptedFrom([{ email: "mina@example.com", status, reject_reason: null, _id: "a92c" }])).toEqual({
      providerMessageId: "a92c",
    });
  });

  it.each([
    ["hard-bounce", "permanent", "suppress", false],
    ["spam", "permanent", "suppress", false],
    ["unsub", "permanent", "suppress", false],
    ["custom", "permanent", "suppress", false],
    ["invalid", "permanent", "suppress", false],
    ["soft-bounce", "transient", undefined, false],
    ["invalid-sender", "transient", undefined, true],
    ["unsigned", "transient", undefined, true],
    ["test-mode-limit", "transient", undefined, true],
    ["rule", "permanent", undefined, true],
    ["something-new", "permanent", undefined, true],
  ])("of rejected for %s", (reason, kind, address, alertOperator) => {
    const answer = [{ email: "mina@example.com", status: "rejected", reject_reason: reason, _id: "a92c" }];
    expect(verdictOf(refusalIn(answer))).toEqual({ kind, code: `rejected/${reason}`, address, alertOperator });
  });

  it.each([null, undefined, "", "mina@example.com"])(
    "of rejected for %j has no reason that could be told",
    (reason) => {
      const answer = [{ status: "rejected", reject_reason: reason, _id: "a92c" }];
      expect(refusalIn(answer)).toMatchObject({ kind: "permanent", code: "rejected", alertOperator: true });
    },
  );

  it("of invalid is an address that is none", () => {
    const answer = [{ email: "mina", status: "invalid", _id: "a92c" }];
    expect(refusalIn(answer)).toMatchObject({ kind: "permanent", code: "invalid", address: "suppress" });
  });

  it.each([
    [null],
    [""],
    ["queued"],
    [{}],
    [[]],
    [[null]],
    [{ status: "sent", _id: "a" }],
    [[{ status: "sent" }]],
    [[{ status: "sent", _id: "" }]],
    [[{ status: "delivered", _id: "a" }]],
    [
      [
        { status: "sent", _id: "a" },
        { status: "sent", _id: "b" },
      ],
    ],
  ])("cannot be read from %j", (answer) => {
    expect(refusalIn(answer)).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it("that is an error is one, whatever its status", () => {
    expect(refusalIn(fault("Invalid_Key"))).toMatchObject({ kind: "transient", code: "Invalid_Key" });
    expect(refusalIn(fault("GeneralError"))).toMatchObject({ kind: "ambiguous", code: "GeneralError" });
    expect(refusalIn(fault("Something_New"))).toMatchObject({ kind: "permanent", alertOperator: true });
  });
});

describe("an error", () => {
  it.each([
    [500, "Invalid_Key", "transient", true],
    [401, "Invalid_Key", "transient", true],
    [500, "PaymentRequired", "transient", true],
    [500, "Unknown_Subaccount", "transient", true],
    [500, "ValidationError", "permanent", false],
    [422, "ValidationError", "permanent", false],
    [429, "RequestLimitExceeded", "throttled", false],
    [500, "GeneralError", "ambiguous", false],
    [503, "ServiceUnavailable", "ambiguous", false],
    [500, "Something_New", "ambiguous", true],
    [400, "Something_New", "permanent", true],
    [429, "Something_New", "throttled", false],
  ])("of %i with the name %s", (status, name, kind, alertOperator) => {
    const expected = { kind, code: name, address: undefined, alertOperator };
    expect(verdictOf(failure(status, fault(name)))).toEqual(expected);
  });

  it.each([
    [307, "garbled_answer", "ambiguous", false],
    [400, "400", "transient", true],
    [403, "403", "transient", true],
    [404, "404", "transient", true],
    [408, "408", "ambiguous", false],
    [422, "422", "transient", true],
    [429, "429", "throttled", false],
    [500, "500", "ambiguous", false],
    [502, "502", "ambiguous", false],
  ])("of %i that is not in its language", (status, code, kind, alertOperator) => {
    for (const body of ["<html>mina@example.com</html>", "", null, { name: "mina@example.com" }, fault("a b@c")]) {
      expect(failure(status, body)).toMatchObject({ code, kind, alertOperator });
    }
  });

  it("may say when to come back", () => {
    const answered = failure(429, fault("RequestLimitExceeded"), { "retry-after": "7" });
    expect(answered).toMatchObject({ retryAfterMs: 7_000 });
  });
});
