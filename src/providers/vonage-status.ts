import { retryAfterMs } from "../network/retry-after.ts";
import { errorWithoutAnswer } from "./axios-failure.ts";
import { ProviderError } from "./provider.ts";
import {
  DEACTIVATE,
  errorOfVerdict,
  IN_DOUBT,
  LOOK_AT_IT,
  MEND_IT,
  REFUSED,
  SLOW_DOWN,
  SUPPRESS,
  type Verdict,
} from "./verdict.ts";

const ACCEPTED = "0";

/**
 * What Vonage says of a part in an answer of 200: https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms.
 * One that is not listed is looked at.
 */
const VONAGE_STATUSES: Readonly<Record<string, Verdict>> = {
  // Rates.
  1: SLOW_DOWN,
  10: SLOW_DOWN, // too many connections
  // The account: login, state, balance, what a trial may do.
  4: MEND_IT,
  8: MEND_IT,
  9: MEND_IT,
  11: MEND_IT,
  14: MEND_IT,
  29: MEND_IT,
  32: MEND_IT,
  // The sender and the callback: the settings.
  15: MEND_IT,
  23: MEND_IT,
  // The recipient.
  33: DEACTIVATE,
  7: SUPPRESS,
  6: REFUSED, // a prefix that no network has
  // The text.
  12: REFUSED,
  // What we ask for and how.
  2: LOOK_AT_IT,
  3: LOOK_AT_IT,
  22: LOOK_AT_IT,
  // Vonage itself.
  5: IN_DOUBT,
};

/** What was read of the answer to the request. */
export type VonageAnswer = { status: number; retryAfter: unknown };

/** A text goes in as many parts as its length takes, and each is taken or refused by itself. */
export type VonagePart = { status: string; id: string | null };

/** The parts of an answer as the SDK gives it, at least one; null where it cannot be read, or contradicts itself. */
export function partsIn(answer: unknown): [VonagePart, ...VonagePart[]] | null {
  const { messages, messageCount } = (answer ?? {}) as { messages?: unknown; messageCount?: unknown };
  if (!Array.isArray(messages) || (messageCount !== undefined && Number(messageCount) !== messages.length)) return null;
  const [first, ...others] = messages.map(partOf);
  if (first === undefined || first === null || others.includes(null)) return null;
  return [first, ...(others as VonagePart[])];
}

function partOf(message: unknown): VonagePart | null {
  const { status, messageId: id } = (message ?? {}) as { status?: unknown; messageId?: unknown };
  // A text by its description; stand-ins write a number too.
  const word = typeof status === "number" ? String(status) : status;
  if (typeof word !== "string" || !/^\d{1,3}$/.test(word)) return null;
  return { status: word, id: typeof id === "string" && id !== "" ? id : null };
}

/**
 * The error where any part was refused; null: all were accepted. Where only some were, a phone shows a piece, or nothing
 * as long as the rest is missing. Neither `sent` nor `refused` would be true of that, so nobody knows.
 */
export function errorOfParts(parts: readonly VonagePart[], retryAfter: unknown, now: Date): ProviderError | null {
  const refused = parts.filter(({ status }) => status !== ACCEPTED);
  // One that may have gone out all the same says more than one that has not.
  const { status } = refused.find((part) => verdictOfPart(part).kind === IN_DOUBT.kind) ?? refused[0] ?? {};
  if (status === undefined) return null;
  const waitMs = retryAfterMs(retryAfter, now);
  const verdict = verdictOfPart({ status });
  if (refused.length === parts.length) return errorOfVerdict({ ...verdict, retryAfterMs: waitMs }, status);
  const { alertOperator } = verdict;
  return errorOfVerdict({ ...IN_DOUBT, alertOperator, retryAfterMs: waitMs }, `partly_accepted/${status}`);
}

function verdictOfPart({ status }: Pick<VonagePart, "status">): Verdict {
  return VONAGE_STATUSES[status] ?? LOOK_AT_IT;
}

/**
 * The error for whatever the SDK threw, which is no word of Vonage on a part.
 * @param answer undefined where none came
 * @param reached whether the request may have been read by the server
 */
export function errorOfVonage(
  error: unknown,
  answer: VonageAnswer | undefined,
  reached: boolean,
  now: Date,
): ProviderError {
  if (answer === undefined) return errorWithoutAnswer(error, reached);
  const { status, retryAfter } = answer;
  if (status < 400) return new ProviderError("ambiguous", { code: "garbled_answer" });
  return errorOfVerdict({ ...verdictOf(status), retryAfterMs: retryAfterMs(retryAfter, now) }, String(status));
}

/** Messages are refused in answers of 200. Everything else is about login, address, or something in between. */
function verdictOf(status: number): Verdict {
  if (status >= 500 || status === 408) return IN_DOUBT;
  return status === 429 ? SLOW_DOWN : MEND_IT;
}
