import { describe, expect, it } from "vitest";
import { reasonOf } from "./reason-of.ts";

const failed = (message: string, more: object = {}) => Object.assign(new Error(message), more);

describe("reasonOf", () => {
  it.each([
    ["28P01", failed('password authentication failed for user "tidings"', { code: "28P01" })],
    ["ECONNREFUSED", failed("connect ECONNREFUSED 10.0.0.1:5432", { code: "ECONNREFUSED" })],
    ["ECONNREFUSED", new AggregateError([failed("connect ECONNREFUSED ::1:5432", { code: "ECONNREFUSED" })])],
    ["3D000", failed("wrapped", { cause: failed("x", { code: "3D000" }) })],
    ["timeout exceeded when trying to connect", failed("timeout exceeded when trying to connect")],
    ["Connection terminated unexpectedly", failed("Connection terminated unexpectedly")],
    ["UNAUTHENTICATED", failed("16 UNAUTHENTICATED: Request unauthorized for 10.0.0.1", { code: 16 })],
    [
      "UNAUTHENTICATED",
      failed("Failed to connect to Temporal server", { cause: failed("16 UNAUTHENTICATED: no", { code: 16 }) }),
    ],
    ["gRPC 14", failed("away", { code: 14 })],
  ])("is %s", (reason, error) => {
    expect(reasonOf(error)).toBe(reason);
  });

  // As the native client of SDK 1.24 says it.
  it.each([
    [
      "tcp connect error, ConnectionRefused",
      'tonic::transport::Error(Transport, ConnectError(ConnectError("tcp connect error", 127.0.0.1:1, Os { code: 111, kind: ConnectionRefused, message: "Connection refused" })))',
    ],
    [
      "The request does not have valid authentication credentials",
      "Failed to call GetSystemInfo: code: 'The request does not have valid authentication credentials', message: \"Request unauthorized for 10.0.0.1\"",
    ],
    [
      "InvalidData, InvalidCertificate(UnknownIssuer)",
      "tonic::transport::Error(Transport, ConnectError(Custom { kind: InvalidData, error: InvalidCertificate(UnknownIssuer) }))",
    ],
    ["Error", "something new about 10.0.0.1"],
  ])("is %s of a worker's connection", (reason, message) => {
    expect(reasonOf(failed(message, { name: "TransportError" }))).toBe(reason);
  });

  it("is the class of an error without a code, and never its message", () => {
    expect(reasonOf(new TypeError("mina@example.test"))).toBe("TypeError");
    expect(reasonOf("mina@example.test")).toBe("string");
  });
});
