import { describe, expect, it } from "vitest";
import { errorOfSendGrid } from "./sendgrid-status.ts";

const NOW = new Date("2026-11-22T12:00:00Z");
const NOW_S = NOW.getTime() / 1_000;

function verdict(error: object): object {
  const { kind, code, address, alertOperator, retryAfterMs } = errorOfSendGrid(error, true, NOW);
  return { kind, code, address, alertOperator, retryAfterMs };
}

/** As the SDK throws it. */
function responseError(status: number, body: unknown, headers: Record<string, string> = {}): Error {
  return Object.assign(new Error("Bad Request"), { code: status, response: { headers, body } });
}

function about(field: unknown): object {
  return { errors: [{ message: "something about mina@example.com", field, help: null }] };
}

describe("an answer of SendGrid", () => {
  it.each([
    [400, "personalizations.0.to.0.email", "400/personalizations.0.to.0.email", "permanent", "suppress", false],
    [400, "personalizations.0.to", "400/personalizations.0.to", "permanent", undefined, false],
    [400, "subject", "400/subject", "permanent", undefined, false],
    [400, "from.email", "400/from.email", "transient", undefined, true],
    [400, null, "400", "permanent", undefined, false],
    [400, "mina@example.com", "400", "permanent", undefined, false],
    [401, null, "401", "transient", undefined, true],
    [402, null, "402", "transient", undefined, true],
    [403, "from", "403/from", "transient", undefined, true],
    [404, null, "404", "transient", undefined, true],
    [413, null, "413", "permanent", undefined, false],
    [415, null, "415", "permanent", undefined, true],
    [429, null, "429", "throttled", undefined, false],
    [500, null, "500", "ambiguous", undefined, false],
    [503, "personalizations.0.to.0.email", "503/personalizations.0.to.0.email", "ambiguous", undefined, false],
  ])("of %i about the field %s", (status, field, code, kind, address, alertOperator) => {
    const expected = { kind, code, address, alertOperator, retryAfterMs: undefined };
    expect(verdict(responseError(status, about(field)))).toEqual(expected);
  });

  it.each([
    [400, "transient", true],
    [413, "transient", true],
    [408, "ambiguous", false],
    [429, "throttled", false],
    [502, "ambiguous", false],
  ])("of %i that is not in its language", (status, kind, alertOperator) => {
    for (const body of ["<html>mina@example.com</html>", "", null, { errors: "mina@example.com" }]) {
      expect(verdict(responseError(status, body))).toMatchObject({ kind, code: String(status), alertOperator });
    }
  });

  it("of a redirection, which is axios's error, leaves a doubt", () => {
    const error = Object.assign(new Error("302"), { code: "ERR_BAD_RESPONSE", response: { status: 302, headers: {} } });
    expect(verdict(error)).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it.each([
    [{ "x-ratelimit-reset": String(NOW_S + 42) }, 42_000],
    [{ "x-ratelimit-reset": String(NOW_S - 5) }, 0],
    [{ "x-ratelimit-reset": String(NOW_S + 90_000) }, 3_600_000],
    [{ "x-ratelimit-reset": "soon" }, undefined],
    [{ "retry-after": "7", "x-ratelimit-reset": String(NOW_S + 42) }, 7_000],
    [{}, undefined],
  ])("of 429 with %j asks to wait %s ms", (headers, retryAfterMs) => {
    expect(verdict(responseError(429, about(null), headers))).toMatchObject({ retryAfterMs });
  });
});
