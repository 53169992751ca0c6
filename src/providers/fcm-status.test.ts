import { describe, expect, it } from "vitest";
import { errorOfFcm } from "./fcm-status.ts";

const NOW = new Date("2026-11-22T12:00:00Z");
const FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError";

function answer(status: number, error: unknown, headers: Record<string, string> = {}): object {
  return { httpResponse: { status, headers, data: typeof error === "string" ? error : { error } } };
}

function fcmError(status: string, errorCode?: string): object {
  return {
    status,
    message: "secret text",
    details: errorCode === undefined ? [] : [{ "@type": FCM_ERROR, errorCode }],
  };
}

function verdict(error: object, reached = true): object {
  const { kind, code, address, alertOperator, retryAfterMs } = errorOfFcm(error, reached, NOW);
  return { kind, code, address, alertOperator, retryAfterMs };
}

describe("an answer of FCM", () => {
  it.each([
    [404, fcmError("NOT_FOUND", "UNREGISTERED"), "UNREGISTERED", "permanent", "deactivate", false],
    [404, fcmError("NOT_FOUND"), "NOT_FOUND", "transient", undefined, true],
    [400, fcmError("INVALID_ARGUMENT", "INVALID_ARGUMENT"), "INVALID_ARGUMENT", "permanent", undefined, false],
    [403, fcmError("PERMISSION_DENIED", "SENDER_ID_MISMATCH"), "SENDER_ID_MISMATCH", "permanent", undefined, true],
    [403, fcmError("PERMISSION_DENIED"), "PERMISSION_DENIED", "transient", undefined, true],
    [401, fcmError("UNAUTHENTICATED"), "UNAUTHENTICATED", "transient", undefined, true],
    [
      401,
      fcmError("UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
      "THIRD_PARTY_AUTH_ERROR",
      "transient",
      undefined,
      true,
    ],
    [500, fcmError("INTERNAL", "INTERNAL"), "INTERNAL", "ambiguous", undefined, false],
    [503, fcmError("UNAVAILABLE", "UNAVAILABLE"), "UNAVAILABLE", "ambiguous", undefined, false],
    [502, "<html>Bad Gateway</html>", "502", "ambiguous", undefined, false],
    [504, fcmError("DEADLINE_EXCEEDED"), "DEADLINE_EXCEEDED", "ambiguous", undefined, false],
    [503, fcmError("NOT_FOUND", "UNREGISTERED"), "UNREGISTERED", "ambiguous", undefined, false],
    [500, fcmError("RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), "QUOTA_EXCEEDED", "ambiguous", undefined, false],
    [408, fcmError("INVALID_ARGUMENT"), "INVALID_ARGUMENT", "ambiguous", undefined, false],
    [409, fcmError("NEVER_HEARD_OF"), "NEVER_HEARD_OF", "permanent", undefined, true],
    [403, "<html>Your proxy says no</html>", "403", "transient", undefined, true],
    [200, fcmError("UNAVAILABLE"), "garbled_answer", "ambiguous", undefined, false],
    [302, "moved", "garbled_answer", "ambiguous", undefined, false],
  ])("of %i with %j", (status, error, code, kind, address, alertOperator) => {
    expect(verdict(answer(status, error))).toMatchObject({ kind, code, address, alertOperator });
  });

  it.each([
    [
      "names the field",
      { ...fcmError("INVALID_ARGUMENT"), details: [{ fieldViolations: [{ field: "message.token" }] }] },
    ],
    [
      "says so in words",
      { ...fcmError("INVALID_ARGUMENT"), message: "The registration token is not a valid FCM registration token" },
    ],
  ])("that finds the token itself wrong gives the token up: it %s", (_name, error) => {
    expect(verdict(answer(400, error))).toMatchObject({ kind: "permanent", address: "deactivate" });
  });

  it.each([
    [undefined, 60_000],
    ["120", 120_000],
    ["Sun, 22 Nov 2026 12:00:30 GMT", 30_000],
    ["soon", 60_000],
    ["Sun, 22 Nov 2026 11:00:00 GMT", 60_000],
  ])("for a rate waits as long as Retry-After %j says, or a minute", (retryAfter, ms) => {
    const headers: Record<string, string> = retryAfter === undefined ? {} : { "retry-after": retryAfter };
    const error = answer(429, fcmError("RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), headers);
    expect(verdict(error)).toMatchObject({ kind: "throttled", code: "QUOTA_EXCEEDED", retryAfterMs: ms });
  });

  it("gives no code that may quote somebody", () => {
    const error = { status: "token abc of mina@example.com", details: [{ errorCode: "mina@example.com" }] };
    expect(verdict(answer(400, error))).toMatchObject({ code: "400" });
  });
});

describe("no answer", () => {
  const network = (code: string): object => ({ code: "app/network-error", cause: { code } });

  it.each([
    ["ECONNREFUSED", "connection_refused", false],
    ["ENOTFOUND", "dns_failed", false],
    ["EAI_AGAIN", "dns_failed", false],
    ["ECONNRESET", "connection_reset", false],
    ["SELF_SIGNED_CERT_IN_CHAIN", "tls_failed", true],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls_failed", true],
    ["ENEVER", "connection_closed", false],
  ])("and no connection (%s) means that nothing was sent", (system, code, alertOperator) => {
    expect(verdict(network(system), false)).toMatchObject({ kind: "transient", code, alertOperator });
  });

  it.each([
    [network("ECONNRESET"), "connection_reset"],
    [network("HPE_INVALID_CONSTANT"), "garbled_answer"],
    [{ code: "app/network-timeout" }, "timeout"],
    [new TypeError("null has no name"), "garbled_answer"],
  ])("on a connection that stood leaves a doubt: %j", (error, code) => {
    expect(verdict(error)).toMatchObject({ kind: "ambiguous", code });
  });

  it.each([
    [{ code: "app/invalid-credential" }, "transient", "auth_failed"],
    [{ code: "app/network-timeout" }, "transient", "timeout"],
    [{ code: "messaging/invalid-payload" }, "permanent", "invalid_message"],
    [new Error("anything"), "transient", "unknown_error"],
  ])("before a connection was tried: %j", (error, kind, code) => {
    expect(verdict(error, false)).toMatchObject({ kind, code });
  });
});
