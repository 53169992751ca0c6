import { expect, it } from "vitest";
import { errorWithoutAnswer } from "./axios-failure.ts";

it.each([
  ["ECONNREFUSED", true, false, "transient", "connection_refused", false],
  ["ENOTFOUND", true, false, "transient", "dns_failed", false],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", true, false, "transient", "tls_failed", true],
  ["ERR_NETWORK", true, false, "transient", "connection_closed", false],
  [undefined, false, false, "transient", "unknown_error", true],
  ["ECONNRESET", true, true, "ambiguous", "connection_reset", false],
  ["ERR_BAD_RESPONSE", true, true, "ambiguous", "connection_reset", false],
  ["HPE_INVALID_CONSTANT", true, true, "ambiguous", "garbled_answer", false],
  [undefined, false, true, "ambiguous", "connection_reset", false],
])("%s of axios (%s), reached: %s", (code, isAxiosError, reached, kind, word, alertOperator) => {
  const error = Object.assign(new Error("to +15005550001"), { code, isAxiosError });
  expect(errorWithoutAnswer(error, reached)).toMatchObject({ kind, code: word, alertOperator });
});
