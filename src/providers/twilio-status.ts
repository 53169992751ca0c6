import { errorWithoutAnswer } from "./axios-failure.ts";
import { ProviderError, type ProviderErrorKind } from "./provider.ts";
import { retryAfterMs } from "./retry-after.ts";

type Verdict = { kind: ProviderErrorKind; address?: "deactivate" | "suppress"; alertOperator?: true };

/** The number cannot get texts, or is none. */
const DEAD_NUMBER: Verdict = { kind: "permanent", address: "deactivate" };
/** Whoever has the number, or their carrier, does not want our texts. */
const UNWANTED: Verdict = { kind: "permanent", address: "suppress" };
const REFUSED: Verdict = { kind: "permanent" };
/**
 * A person has to mend it, but trying again before that harms (carriers fine and block for it) or cannot help within
 * the day in which we retry. Also what we do not know: Twilio adds codes, and splits old ones.
 */
const POLICY: Verdict = { kind: "permanent", alertOperator: true };
/** Mended by a person (login, balance, sender), usually within the day in which we retry, so nothing is lost. */
const OPERATOR: Verdict = { kind: "transient", alertOperator: true };
const LATER: Verdict = { kind: "transient" };
const SLOW_DOWN: Verdict = { kind: "throttled" };
/** The account's number of messages a day, which only Twilio can raise. */
const DAY_IS_FULL: Verdict = { kind: "throttled", alertOperator: true };
/** What became of a request that was answered with a 5xx is not known. */
const DOUBTFUL: Verdict = { kind: "ambiguous" };

/** Twilio's error codes, those of its API and those of carriers. */
const CODES: Record<number, Verdict> = {
  // The account: login, state, balance.
  10001: OPERATOR,
  20003: OPERATOR,
  20005: OPERATOR,
  20006: OPERATOR,
  20008: OPERATOR,
  20403: OPERATOR,
  20404: OPERATOR,
  30002: OPERATOR,
  // Rates and queues.
  20429: SLOW_DOWN,
  14107: SLOW_DOWN,
  21611: SLOW_DOWN,
  30001: SLOW_DOWN,
  63038: DAY_IS_FULL,
  // The recipient.
  21211: DEAD_NUMBER,
  21217: DEAD_NUMBER,
  21265: DEAD_NUMBER,
  21614: DEAD_NUMBER,
  21635: DEAD_NUMBER,
  30005: DEAD_NUMBER,
  30006: DEAD_NUMBER,
  21610: UNWANTED,
  30004: UNWANTED,
  30003: LATER, // switched off or abroad
  30008: LATER,
  // The text.
  21602: REFUSED,
  21605: REFUSED,
  21617: REFUSED,
  30007: POLICY,
  // The country: what is switched off there is switched off on purpose, against fraud.
  21408: POLICY,
  // The sender, for this recipient only.
  21612: POLICY,
  30034: POLICY,
  // The sender, or a trial account: the settings.
  21212: OPERATOR,
  21601: OPERATOR,
  21603: OPERATOR,
  21606: OPERATOR,
  21608: OPERATOR,
  21609: OPERATOR,
  21659: OPERATOR,
  21660: OPERATOR,
  21701: OPERATOR,
  21703: OPERATOR,
  21704: OPERATOR,
  21705: OPERATOR,
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
  return new ProviderError(verdict.kind, {
    code: String(code ?? answer.status),
    ...(verdict.address === undefined ? {} : { address: verdict.address }),
    ...(verdict.alertOperator === undefined ? {} : { alertOperator: true }),
    ...(waitMs === null ? {} : { retryAfterMs: waitMs }),
  });
}

function verdictOf(status: number, code: number | null): Verdict {
  // Whatever is said of it: nobody knows what a server in trouble had done before.
  if (status >= 500 || status === 408) return DOUBTFUL;
  const listed = code === null ? undefined : CODES[code];
  if (listed !== undefined) return listed;
  if (status === 429) return SLOW_DOWN;
  if (status === 401 || status === 402) return OPERATOR;
  // A refusal that does not speak Twilio's language comes from something in between.
  return code === null ? OPERATOR : POLICY;
}

function codeOf(error: unknown): number | null {
  const { code } = error as { code?: unknown };
  return typeof code === "number" && Number.isInteger(code) ? code : null;
}
