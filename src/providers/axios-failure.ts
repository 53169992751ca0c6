import { connectionFailureOf } from "../network/connection-failure.ts";
import { ProviderError } from "./provider.ts";

/**
 * The error for a request of axios, which several SDKs use, that got no answer.
 * @param reached whether the request may have been read by the server
 */
export function errorWithoutAnswer(error: unknown, reached: boolean): ProviderError {
  const { code, isAxiosError } = error as { code?: unknown; isAxiosError?: unknown };
  const failure = connectionFailureOf(code);
  if (reached) return new ProviderError("ambiguous", { code: failure?.code ?? wordForBrokenAnswer(code) });
  if (failure !== null) return new ProviderError("transient", failure);
  if (isAxiosError === true) return new ProviderError("transient", { code: "connection_closed" });
  return new ProviderError("transient", { code: "unknown_error", alertOperator: true });
}

function wordForBrokenAnswer(code: unknown): string {
  // An answer that is no HTTP.
  return typeof code === "string" && code.startsWith("HPE_") ? "garbled_answer" : "connection_reset";
}
