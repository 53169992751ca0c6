import { retryAfterMs } from "../network/retry-after.ts";
import { errorWithoutAnswer } from "./axios-failure.ts";
import { ProviderError } from "./provider.ts";
import {
  DEACTIVATE,
  errorOfVerdict,
  IN_DOUBT,
  LOOK_AT_IT,
  LOOK_AT_IT_FIRST,
  MEND_IT,
  RECIPIENT_LATER,
  REFUSED,
  SLOW_DOWN,
  SUPPRESS,
  type Verdict,
} from "./verdict.ts";

/** The account's number of messages a day, which only Twilio can raise. */
const DAY_IS_FULL: Verdict = { ...SLOW_DOWN, alertOperator: true };

/**
 * Twilio's error codes, those of its API and those of carriers: https://www.twilio.com/docs/api/errors. Twilio adds
 * codes and splits old ones, so one that is not listed is looked at.
 */
export const TWILIO_CODES: Readonly<Record<number, Verdict>> = {
  // The account: login, state, balance.
  10001: MEND_IT,
  20003: MEND_IT,
  20005: MEND_IT,
  20006: MEND_IT,
  20008: MEND_IT,
  20403: MEND_IT,
  20404: MEND_IT,
  30002: MEND_IT,
  // Rates and queues.
  20429: SLOW_DOWN,
  14107: SLOW_DOWN,
  21611: SLOW_DOWN,
  30001: SLOW_DOWN,
  63038: DAY_IS_FULL,
  // The recipient.
  21211: DEACTIVATE,
  21217: DEACTIVATE,
  21265: DEACTIVATE,
  21614: DEACTIVATE,
  21635: DEACTIVATE,
  30005: DEACTIVATE,
  30006: DEACTIVATE,
  21610: SUPPRESS,
  30004: SUPPRESS,
  30003: RECIPIENT_LATER, // switched off or abroad
  30008: RECIPIENT_LATER,
  // The text.
  21602: REFUSED,
  21605: REFUSED,
  21617: REFUSED,
  30007: LOOK_AT_IT_FIRST, // a filter of carriers
  // The country: what is switched off there is switched off on purpose, against fraud.
  21408: LOOK_AT_IT_FIRST,
  // The sender, for this recipient only.
  21612: LOOK_AT_IT,
  30034: LOOK_AT_IT,
  // The sender, or a trial account: the settings.
  21212: MEND_IT,
  21601: MEND_IT,
  21603: MEND_IT,
  21606: MEND_IT,
  21608: MEND_IT,
  21609: MEND_IT,
  21659: MEND_IT,
  21660: MEND_IT,
  21701: MEND_IT,
  21703: MEND_IT,
  21704: MEND_IT,
  21705: MEND_IT,
};

/** What was read of the answer to the request; the SDK shows neither with every error. */
export type TwilioAnswer = { status: number; retryAfter: unknown };

/**
 * The error for whatever the SDK threw. Its messages quote numbers, so only codes are kept.
 * @param answer null where none came
 * @param reached whether the request may have been read by the server
 */
export function errorOfTwilio(error: unknown, answer: TwilioAnswer | null, reached: boolean, now: Date): ProviderError {
  if (answer === null) return errorWithoutAnswer(error, reached);
  // A message without an SID, or what is no message.
  if (answer.status < 400) return new ProviderError("ambiguous", { code: "garbled_answer" });
  const code = codeOf(error);
  const verdict = verdictOf(answer.status, code);
  const waitMs = retryAfterMs(answer.retryAfter, now);
  return errorOfVerdict({ ...verdict, retryAfterMs: waitMs }, String(code ?? answer.status));
}

function verdictOf(status: number, code: number | null): Verdict {
  if (status >= 500 || status === 408) return IN_DOUBT;
  const listed = code === null ? undefined : TWILIO_CODES[code];
  if (listed !== undefined) return listed;
  if (status === 429) return SLOW_DOWN;
  if (status === 401 || status === 402) return MEND_IT;
  // A refusal that does not speak Twilio's language comes from something in between.
  return code === null ? MEND_IT : LOOK_AT_IT;
}

function codeOf(error: unknown): number | null {
  const { code } = error as { code?: unknown };
  return integerIn(code);
}

function integerIn(code: unknown): number | null {
  return typeof code === "number" && Number.isInteger(code) ? code : null;
}

/** https://www.twilio.com/docs/messaging/api/message-resource#message-status-values */
const GIVEN_UP = ["failed", "undelivered", "canceled"] as const;
type GivenUp = (typeof GIVEN_UP)[number];

/** Whether nothing will come of a message, though Twilio has taken it. */
export function isGivenUp(status: unknown): status is GivenUp {
  return GIVEN_UP.some((word) => word === status);
}

/** The error for an answer of 2xx whose message is given up; its code means what it means in a refusal. */
export function errorOfGivenUp(status: GivenUp, errorCode: unknown): ProviderError {
  const code = integerIn(errorCode);
  const listed = code === null ? undefined : TWILIO_CODES[code];
  return errorOfVerdict(listed ?? LOOK_AT_IT, String(code ?? status));
}
