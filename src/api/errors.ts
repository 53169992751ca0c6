/**
 * Every error that the API answers. Codes are stable: callers branch on them, and docs/http-api.md lists them.
 */
export const ERRORS = {
  invalid_request: { status: 400, title: "The request is not valid", doc: "`errors` names each field and why." },
  unauthenticated: { status: 401, title: "No valid API key", doc: "The key is missing, unknown, revoked or expired." },
  invalid_signature: {
    status: 403,
    title: "The signature is not valid",
    doc: "The signature of a provider's webhook is missing, wrong or out of date, or no key is configured to check it.",
  },
  missing_scope: { status: 403, title: "The key may not do this", doc: "`detail` names the scope that is needed." },
  not_found: { status: 404, title: "Not found", doc: "Also where the path does not support the method." },
  user_not_found: { status: 404, title: "There is no such user", doc: "Create the user first, with PUT." },
  category_not_found: { status: 404, title: "There is no such category", doc: "Create the category first, with PUT." },
  template_not_found: {
    status: 404,
    title: "There is no such template",
    doc: "Also where the template has no such version.",
  },
  event_id_conflict: {
    status: 409,
    title: "The event ID was used for another request",
    doc: "A repeat must have the same body.",
  },
  limit_reached: {
    status: 409,
    title: "The limit has been reached",
    doc: "`detail` names it. Delete what is no longer needed.",
  },
  endpoint_disabled: { status: 409, title: "The endpoint is disabled", doc: "Enable it first, with PATCH." },
  too_late: {
    status: 409,
    title: "The notification is no longer waiting",
    doc: "It is being sent or has ended, so its time cannot be moved. Nothing was changed.",
  },
  body_too_large: { status: 413, title: "The body is too large", doc: "`detail` names the limit in bytes." },
  unsupported_media_type: {
    status: 415,
    title: "The body must be JSON",
    doc: "Send `Content-Type: application/json`, in UTF-8.",
  },
  missing_variable: { status: 422, title: "The template needs more variables", doc: "`errors` names each one." },
  template_invalid: { status: 422, title: "The template is not valid", doc: "`errors` names part, line and column." },
  send_at_in_past: { status: 422, title: "The time is in the past", doc: "Leave `sendAt` out to send at once." },
  invalid_timezone: {
    status: 422,
    title: "There is no such time zone",
    doc: "Use a name of the IANA database, such as `Asia/Seoul`.",
  },
  rate_limited: { status: 429, title: "Too many requests", doc: "Try again after `Retry-After` seconds." },
  internal: { status: 500, title: "Something went wrong here", doc: "Report the `requestId`." },
  unavailable: {
    status: 503,
    title: "Temporarily unavailable",
    doc: "Try again after `Retry-After` seconds. A request with an event ID, PUT and DELETE are safe to repeat; before repeating any other POST, check whether it took effect.",
  },
} as const satisfies Record<string, { status: number; title: string; doc: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** `field` is a path such as `to.userId` or `notifications[3].data`; some codes say more, e.g. line and column. */
export type FieldError = { field: string; message: string } & Record<string, string | number>;

export type ApiErrorOptions = {
  /** For this occurrence; never quotes an address, a token or a text. */
  detail?: string;
  errors?: FieldError[];
  retryAfterSeconds?: number;
  /** Further members of the problem. */
  extra?: Record<string, unknown>;
  cause?: unknown;
};

/** Thrown by a route or middleware; becomes an RFC 9457 problem. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly options: ApiErrorOptions;

  constructor(code: ErrorCode, options: ApiErrorOptions = {}) {
    super(options.detail ?? ERRORS[code].title, { cause: options.cause });
    this.name = "ApiError";
    this.code = code;
    this.options = options;
  }
}

/** 400 where one field is to blame. The message goes on behind the field's name, and never quotes the value. */
export function invalidField(field: string, message: string): ApiError {
  return new ApiError("invalid_request", { detail: `${field} ${message}.`, errors: [{ field, message }] });
}

/** 404 for what a path names, e.g. `notification`; the same for what belongs to somebody else. */
export function noSuch(what: string): ApiError {
  return new ApiError("not_found", { detail: `There is no such ${what}.` });
}

/** RFC 9457. `errors` is there where fields are to blame. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail?: string;
  errors?: FieldError[];
  requestId?: string;
};

export function problemOf(error: ApiError, requestId?: string): Problem {
  const { status, title } = ERRORS[error.code];
  const { detail, errors, extra } = error.options;
  return {
    type: `urn:tidings:problem:${error.code}`,
    title,
    status,
    code: error.code,
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
    ...(requestId === undefined ? {} : { requestId }),
    ...extra,
  };
}
