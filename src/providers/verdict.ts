import { ProviderError, type ProviderErrorKind, type ProviderErrorOptions } from "./provider.ts";

/** What an answer of a provider means: its error, but for the code that is kept of the answer itself. */
export type Verdict = { kind: ProviderErrorKind } & Omit<ProviderErrorOptions, "code">;

/** This message is refused, for what it is: another provider would refuse it too, and the next message need not be. */
export const REFUSED: Verdict = { kind: "permanent" };

/**
 * Refused, and somebody should find out why: trying again cannot help within the day in which we retry, or does harm.
 * Also for every refusal that is not known. What this provider holds against us another one need not, so it may try.
 */
export const LOOK_AT_IT: Verdict = { kind: "permanent", alertOperator: true, fault: "provider" };

/** The same where it is switched off on purpose, or would look like dodging a filter: no other provider is asked. */
export const LOOK_AT_IT_FIRST: Verdict = { kind: "permanent", alertOperator: true };

/** There is nobody at the address, and its owner may register another one. */
export const DEACTIVATE: Verdict = { kind: "permanent", address: "deactivate" };

/** Nothing may be sent to the address any more: it does not exist, or its owner does not want our messages. */
export const SUPPRESS: Verdict = { kind: "permanent", address: "suppress" };

/**
 * A person mends it (a login, a right, a sender, a balance), usually within the day in which we retry. Giving up at once
 * would lose every message of that time, so these wait and call somebody.
 */
export const MEND_IT: Verdict = { kind: "transient", alertOperator: true };

/** It passes by itself. */
export const LATER: Verdict = { kind: "transient" };

/** The recipient's side passes by itself: a full mailbox, a phone that is off. Another provider meets the same. */
export const RECIPIENT_LATER: Verdict = { kind: "transient", fault: "message" };

/** Too many messages at once. */
export const SLOW_DOWN: Verdict = { kind: "throttled" };

/** A server in trouble: whatever it says, nobody knows what it had done with the message before. */
export const IN_DOUBT: Verdict = { kind: "ambiguous" };

/** @param code the provider's stable code for it, or our word: never a text or an address */
export function errorOfVerdict({ kind, ...options }: Verdict, code: string): ProviderError {
  return new ProviderError(kind, { ...options, code });
}
