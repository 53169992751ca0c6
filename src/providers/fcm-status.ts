import { connectionFailureOf } from "../network/connection-failure.ts";
import { retryAfterMs } from "../network/retry-after.ts";
import { ProviderError } from "./provider.ts";
import {
  DEACTIVATE,
  errorOfVerdict,
  IN_DOUBT,
  LOOK_AT_IT,
  MEND_IT,
  REFUSED,
  SLOW_DOWN,
  type Verdict,
} from "./verdict.ts";

/** FCM gives no time with most refusals for a rate; Google asks for a minute at least. */
const SLOW_DOWN_A_MINUTE: Verdict = { ...SLOW_DOWN, retryAfterMs: 60_000 };

/**
 * `FcmError.errorCode`, else the status of the error, as FCM's HTTP v1 API names them:
 * https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode and
 * https://firebase.google.com/docs/cloud-messaging/error-codes
 */
const FCM_ERRORS: Readonly<Record<string, Verdict>> = {
  UNREGISTERED: DEACTIVATE,
  // The message; or the token itself: see `blamesToken`.
  INVALID_ARGUMENT: REFUSED,
  SENDER_ID_MISMATCH: LOOK_AT_IT, // the token belongs to another project: sending again cannot help
  PERMISSION_DENIED: MEND_IT,
  UNAUTHENTICATED: MEND_IT,
  THIRD_PARTY_AUTH_ERROR: MEND_IT,
  APNS_AUTH_ERROR: MEND_IT,
  // Without UNREGISTERED in it, a 404 is a wrong project: the token may be alive.
  NOT_FOUND: MEND_IT,
  QUOTA_EXCEEDED: SLOW_DOWN_A_MINUTE,
  RESOURCE_EXHAUSTED: SLOW_DOWN_A_MINUTE,
  // FCM is known to deliver messages that it answered so.
  UNAVAILABLE: IN_DOUBT,
  INTERNAL: IN_DOUBT,
  UNSPECIFIED_ERROR: IN_DOUBT,
};

type Answer = { status: number; headers: Record<string, unknown>; data?: unknown };

/**
 * The error for whatever the SDK threw. Its messages quote requests and answers, so only codes are kept.
 * @param reached whether the request may have been read by the server
 */
export function errorOfFcm(error: unknown, reached: boolean, now: Date): ProviderError {
  const answer = (error as { httpResponse?: Answer }).httpResponse;
  if (answer !== undefined) return errorOfAnswer(answer, now);
  const code = (error as { code?: unknown }).code;
  const cause = (error as { cause?: unknown }).cause;
  const systemCode = (cause as { code?: unknown } | undefined)?.code;
  const failure = connectionFailureOf(systemCode);
  if (reached) return new ProviderError("ambiguous", { code: failure?.code ?? wordForBrokenAnswer(code, systemCode) });
  if (failure !== null) return new ProviderError("transient", failure);
  if (code === "app/invalid-credential") {
    return new ProviderError("transient", { code: "auth_failed", alertOperator: true });
  }
  if (code === "app/network-timeout") return new ProviderError("transient", { code: "timeout" });
  if (code === "app/network-error") return new ProviderError("transient", { code: "connection_closed" });
  if (typeof code === "string" && code.startsWith("messaging/")) {
    // The SDK found the message itself wrong and sent nothing.
    return new ProviderError("permanent", { code: "invalid_message", alertOperator: true });
  }
  return new ProviderError("transient", { code: "unknown_error", alertOperator: true });
}

function wordForBrokenAnswer(code: unknown, systemCode: unknown): string {
  if (code === "app/network-timeout") return "timeout";
  // An answer that is no HTTP.
  if (typeof systemCode === "string" && systemCode.startsWith("HPE_")) return "garbled_answer";
  if (code === "app/network-error") return "connection_reset";
  return "garbled_answer";
}

function errorOfAnswer(answer: Answer, now: Date): ProviderError {
  if (answer.status < 400) return new ProviderError("ambiguous", { code: "garbled_answer" });
  const named = nameOf(answer.data);
  const verdict = verdictOf(answer, named);
  const waitMs = retryAfterMs(answer.headers["retry-after"], now) ?? verdict.retryAfterMs;
  return errorOfVerdict({ ...verdict, retryAfterMs: waitMs }, named ?? String(answer.status));
}

function verdictOf({ status, data }: Answer, named: string | null): Verdict {
  if (status >= 500 || status === 408) return IN_DOUBT;
  if (named === "INVALID_ARGUMENT" && blamesToken(data)) return DEACTIVATE;
  const listed = named === null ? undefined : FCM_ERRORS[named];
  if (listed !== undefined) return listed;
  if (status === 429) return SLOW_DOWN_A_MINUTE;
  // A refusal that does not speak FCM's language comes from something in between.
  return named === null ? MEND_IT : LOOK_AT_IT;
}

type ErrorBody = {
  error?: { status?: unknown; message?: unknown; details?: { errorCode?: unknown; fieldViolations?: unknown }[] };
};

/** Codes are words in capitals; anything else in their place may be a text that quotes the request. */
function nameOf(data: unknown): string | null {
  const body = (data as ErrorBody | undefined)?.error;
  const names = [...detailsOf(data).map((detail) => detail.errorCode), body?.status];
  const name = names.find((candidate) => typeof candidate === "string" && /^[A-Z][A-Z_]{0,63}$/.test(candidate));
  return (name as string | undefined) ?? null;
}

function detailsOf(data: unknown): { errorCode?: unknown; fieldViolations?: unknown }[] {
  const details = (data as ErrorBody | undefined)?.error?.details;
  return Array.isArray(details) ? details : [];
}

function blamesToken(data: unknown): boolean {
  const violations = detailsOf(data).flatMap((detail) =>
    Array.isArray(detail.fieldViolations) ? (detail.fieldViolations as { field?: unknown }[]) : [],
  );
  if (violations.some((violation) => violation.field === "message.token")) return true;
  const message = (data as ErrorBody | undefined)?.error?.message;
  return typeof message === "string" && /registration token is not a valid/i.test(message);
}
