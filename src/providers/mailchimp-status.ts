import { retryAfterMs } from "../network/retry-after.ts";
import { errorWithoutAnswer } from "./axios-failure.ts";
import { type Accepted, ProviderError } from "./provider.ts";
import {
  errorOfVerdict,
  IN_DOUBT,
  LOOK_AT_IT_FIRST,
  LOOK_AT_IT,
  MEND_IT,
  RECIPIENT_LATER,
  REFUSED,
  SLOW_DOWN,
  SUPPRESS,
  type Verdict,
} from "./verdict.ts";

/**
 * The names of Mailchimp's errors, which it answers with a 500 each, or with a status of their own:
 * https://mailchimp.com/developer/transactional/api/messages/send-new-message/
 */
const MAILCHIMP_ERRORS: Readonly<Record<string, Verdict>> = {
  Invalid_Key: MEND_IT,
  PaymentRequired: MEND_IT,
  Unknown_Subaccount: MEND_IT,
  ValidationError: REFUSED,
  RequestLimitExceeded: SLOW_DOWN,
  GeneralError: IN_DOUBT,
  ServiceUnavailable: IN_DOUBT,
};

/** Why a mail that was asked for correctly is not sent. One that is not listed is looked at. */
export const REJECT_REASONS: Readonly<Record<string, Verdict>> = {
  // The recipient.
  "hard-bounce": SUPPRESS,
  spam: SUPPRESS, // they complained
  unsub: SUPPRESS,
  custom: SUPPRESS, // on the account's denylist
  invalid: SUPPRESS,
  "soft-bounce": RECIPIENT_LATER,
  // The sender, or a trial account: the settings.
  "invalid-sender": MEND_IT,
  unsigned: MEND_IT,
  "test-mode-limit": MEND_IT,
  // A rule that somebody made in the account.
  rule: LOOK_AT_IT_FIRST,
};

const ACCEPTED = new Set(["sent", "queued", "scheduled"]);

/** The form of Mailchimp's own words; anything else in their place may be a text that quotes the request. */
const WORD = /^[A-Za-z_-]{1,40}$/;

/**
 * Reads an answer of 2xx, which names each recipient, of which we have one.
 * @throws {ProviderError}
 */
export function acceptedFrom(answer: unknown): Accepted {
  const error = errorIn(answer);
  if (error !== null) throw errorOfVerdict(MAILCHIMP_ERRORS[error] ?? LOOK_AT_IT, error);
  const [result, ...others] = (Array.isArray(answer) ? answer : []) as unknown[];
  const { status, reject_reason: reason, _id: id } = (result ?? {}) as Record<string, unknown>;
  if (others.length === 0) {
    if (ACCEPTED.has(String(status)) && typeof id === "string" && id !== "") return { providerMessageId: id };
    if (status === "rejected") {
      const word = wordOf(reason);
      throw errorOfVerdict(REJECT_REASONS[word ?? ""] ?? LOOK_AT_IT, word === null ? "rejected" : `rejected/${word}`);
    }
    if (status === "invalid") throw errorOfVerdict(SUPPRESS, "invalid");
  }
  throw new ProviderError("ambiguous", { code: "garbled_answer" });
}

type Failure = { response?: { status?: number; headers?: Record<string, unknown>; data?: unknown } };

/**
 * The error for whatever the SDK gave instead of an answer. It holds the key and the mail, so only words are kept.
 * @param reached whether the request may have been read by the server
 */
export function errorOfMailchimp(error: unknown, reached: boolean, now: Date): ProviderError {
  const { response } = error as Failure;
  if (response?.status === undefined) return errorWithoutAnswer(error, reached);
  const { status, headers, data } = response;
  if (status < 400) return new ProviderError("ambiguous", { code: "garbled_answer" });
  const name = errorIn(data);
  const verdict = verdictOf(status, name);
  return errorOfVerdict(
    { ...verdict, retryAfterMs: retryAfterMs(headers?.["retry-after"], now) },
    name ?? String(status),
  );
}

function verdictOf(status: number, name: string | null): Verdict {
  const listed = name === null ? undefined : MAILCHIMP_ERRORS[name];
  if (listed !== undefined) return listed;
  if (status === 429) return SLOW_DOWN;
  // A name that is not known may be that of a trouble, and have the status of one.
  if (status >= 500 || status === 408) return name === null ? IN_DOUBT : { ...IN_DOUBT, alertOperator: true };
  // A refusal that does not speak Mailchimp's language comes from something in between.
  return name === null ? MEND_IT : LOOK_AT_IT;
}

/** The name of the error that Mailchimp speaks of; null where it speaks of none. */
function errorIn(body: unknown): string | null {
  const { status, name } = (body ?? {}) as { status?: unknown; name?: unknown };
  return status === "error" ? wordOf(name) : null;
}

function wordOf(value: unknown): string | null {
  return typeof value === "string" && WORD.test(value) ? value : null;
}
