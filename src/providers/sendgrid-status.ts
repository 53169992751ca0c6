import { retryAfterMs } from "../network/retry-after.ts";
import { errorWithoutAnswer } from "./axios-failure.ts";
import { ProviderError } from "./provider.ts";
import {
  errorOfVerdict,
  IN_DOUBT,
  LOOK_AT_IT,
  MEND_IT,
  REFUSED,
  SLOW_DOWN,
  SUPPRESS,
  type Verdict,
} from "./verdict.ts";

/**
 * SendGrid has no codes; it answers with an HTTP status and the names of the fields that are wrong:
 * https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/errors
 */
const SENDGRID_STATUSES: Readonly<Record<number, Verdict>> = {
  400: REFUSED,
  401: MEND_IT, // also: credits are used up
  402: MEND_IT,
  403: MEND_IT, // also: the sender is not verified
  404: MEND_IT, // the base URL leads somewhere else
  405: MEND_IT,
  408: IN_DOUBT,
  413: REFUSED,
  429: SLOW_DOWN,
};

/** What a 400 that names a field is about; the first that fits. */
const FIELDS: readonly { field: RegExp; verdict: Verdict }[] = [
  { field: /^personalizations\.0\.to\.0\.email$/, verdict: SUPPRESS },
  { field: /^from(\.|$)/, verdict: MEND_IT },
];
const FIELD = /^(personalizations|from|subject|content|headers|custom_args)(\.[a-z0-9_]{1,32}){0,5}$/;

/** Its windows are a minute; a time that is further away comes from clocks that disagree. */
const LONGEST_WINDOW_MS = 3_600_000;

/** `code` is a number for SendGrid's own errors, and `response` differs in form between them and those of axios. */
type Failure = {
  response?: {
    status?: number;
    headers?: Record<string, unknown>;
    body?: unknown;
    data?: unknown;
  };
  code?: unknown;
};

/**
 * The error for whatever the SDK threw. Its messages and bodies quote requests, so only numbers and fields are kept.
 * @param reached whether the request may have been read by the server
 */
export function errorOfSendGrid(error: unknown, reached: boolean, now: Date): ProviderError {
  const { response, code } = error as Failure;
  const status = typeof code === "number" ? code : response?.status;
  if (response === undefined || status === undefined) return errorWithoutAnswer(error, reached);
  if (status < 400) return new ProviderError("ambiguous", { code: "garbled_answer" });
  const errors = errorsIn(response.body);
  const field = fieldIn(errors);
  const verdict = verdictOf(status, field, errors !== null);
  const waitMs = waitMsOf(response.headers ?? {}, now);
  return errorOfVerdict({ ...verdict, retryAfterMs: waitMs }, field === null ? String(status) : `${status}/${field}`);
}

function verdictOf(status: number, field: string | null, speaksSendGrid: boolean): Verdict {
  if (status >= 500) return IN_DOUBT;
  const aboutField = status === 400 && field !== null ? FIELDS.find((entry) => entry.field.test(field)) : undefined;
  if (aboutField !== undefined) return aboutField.verdict;
  const listed = SENDGRID_STATUSES[status];
  if (listed !== undefined && (speaksSendGrid || listed.kind !== "permanent")) return listed;
  // A refusal that does not speak SendGrid's language comes from something in between.
  return speaksSendGrid ? LOOK_AT_IT : MEND_IT;
}

function errorsIn(body: unknown): { field?: unknown }[] | null {
  const errors = (body as { errors?: unknown } | null | undefined)?.errors;
  return Array.isArray(errors) ? (errors as { field?: unknown }[]) : null;
}

/** A path into our own request; anything else in its place may be a text that quotes it. */
function fieldIn(errors: { field?: unknown }[] | null): string | null {
  const field = errors?.find((error) => typeof error.field === "string" && FIELD.test(error.field))?.field;
  return (field as string | undefined) ?? null;
}

/**
 * Retry-After, or the moment in which a window of the rate limit ends, in seconds since 1970:
 * https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits
 */
function waitMsOf(headers: Record<string, unknown>, now: Date): number | undefined {
  const asked = retryAfterMs(headers["retry-after"], now);
  if (asked !== undefined) return asked;
  const reset = headers["x-ratelimit-reset"];
  if (typeof reset !== "string" || !/^\d+$/.test(reset)) return undefined;
  return Math.min(Math.max(Number(reset) * 1_000 - now.getTime(), 0), LONGEST_WINDOW_MS);
}
