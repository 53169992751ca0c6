import type { AddressVerdict } from "../database/address-marks.ts";
import type { Fault } from "../domain/breaker-policy.ts";
import type { AttemptOutcome } from "../domain/retry-policy.ts";
import type { Accepted, ProviderError } from "../providers/provider.ts";

/** What is known of a provider call when it is over. */
export type Ending = {
  /** Null: nobody was called. */
  provider: string | null;
  fault: Fault;
  alertOperator: boolean;
} & (
  | { outcome: "sent"; providerMessageId: string | null }
  | { outcome: Exclude<AttemptOutcome, "sent">; code: string; retryAfterMs: number | null }
);

export function endingOf(provider: string, result: Accepted | ProviderError): Ending {
  if (!(result instanceof Error)) {
    const { providerMessageId } = result;
    return { provider, outcome: "sent", providerMessageId, fault: "message", alertOperator: false };
  }
  const { kind, code, fault, alertOperator, retryAfterMs = null } = result;
  return { provider, outcome: kind === "ambiguous" ? "unknown" : kind, code, fault, alertOperator, retryAfterMs };
}

/** The attempt was opened, and its call was not made after all. */
export const NOT_BEGUN: Ending = {
  ...{ provider: null, outcome: "transient", code: "not_begun", retryAfterMs: null },
  ...{ fault: "message", alertOperator: false },
};

/** The process that made the call is gone, for which the provider cannot be blamed. */
export function workerLost(provider: string | null): Ending {
  return {
    ...{ provider, outcome: "unknown", code: "worker_lost", retryAfterMs: null },
    ...{ fault: "message", alertOperator: false },
  };
}

/** What a refusal says about the address, if anything. */
export function addressVerdictOf(result: Accepted | ProviderError): AddressVerdict | undefined {
  if (!(result instanceof Error) || result.address === undefined) return undefined;
  return { mark: result.address, deadSince: result.deadSince ?? null };
}
