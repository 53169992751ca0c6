import { errorWithoutAnswer } from "./axios-failure.ts";
import { ProviderError, type ProviderErrorKind } from "./provider.ts";
import { retryAfterMs } from "./retry-after.ts";

type Verdict = { kind: ProviderErrorKind; address?: "suppress"; alertOperator?: true };

const REFUSED: Verdict = { kind: "permanent" };
/** A refusal that we do not know: not tried again, and looked at. */
const UNKNOWN_REFUSAL: Verdict = { kind: "permanent", alertOperator: true };
/** Mended by a person (key, credits, verified sender), usually within the day in which we retry, so nothing is lost. */
const OPERATOR: Verdict = { kind: "transient", alertOperator: true };
/** What became of a request that was answered with a 5xx is not known. */
const DOUBTFUL: Verdict = { kind: "ambiguous" };

/** SendGrid has no codes; it answers with an HTTP status and the names of the fields that are wrong. */
const STATUSES: Record<number, Verdict> = {
  400: REFUSED,
  401: OPERATOR, // also: credits are used up
  402: OPERATOR,
  403: OPERATOR, // also: the sender is not verified
  404: OPERATOR, // the base URL leads somewhere else
  405: OPERATOR,
  408: DOUBTFUL,
  413: REFUSED,
  429: { kind: "throttled" },
};

/** What a 400 that names a field is about; the first that fits. */
const FIELDS: { field: RegExp; verdict: Verdict }[] = [
  { field: /^personalizations\.0\.to\.0\.email$/, verdict: { kind: "permanent", address: "suppress" } },
  { field: /^from(\.|$)/, verdict: OPERATOR },
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
  return new ProviderError(verdict.kind, {
    code: field === null ? String(status) : `${status}/${field}`,
    ...(verdict.address === undefined ? {} : { address: verdict.address }),
    ...(verdict.alertOperator === undefined ? {} : { alertOperator: true }),
    ...(waitMs === null ? {} : { retryAfterMs: waitMs }),
  });
}

function verdictOf(status: number, field: string | null, speaksSendGrid: boolean): Verdict {
  if (status >= 500) return DOUBTFUL;
  const aboutField = status === 400 && field !== null ? FIELDS.find((entry) => entry.field.test(field)) : undefined;
  if (aboutField !== undefined) return aboutField.verdict;
  const listed = STATUSES[status];
  if (listed !== undefined && (speaksSendGrid || listed.kind !== "permanent")) return listed;
  // A refusal that does not speak SendGrid's language comes from something in between.
  return speaksSendGrid ? UNKNOWN_REFUSAL : OPERATOR;
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

/** Retry-After, or the moment in which a window of the rate limit ends, in seconds since 1970. */
function waitMsOf(headers: Record<string, unknown>, now: Date): number | null {
  const asked = retryAfterMs(headers["retry-after"], now);
  if (asked !== null) return asked;
  const reset = headers["x-ratelimit-reset"];
  if (typeof reset !== "string" || !/^\d+$/.test(reset)) return null;
  return Math.min(Math.max(Number(reset) * 1_000 - now.getTime(), 0), LONGEST_WINDOW_MS);
}
