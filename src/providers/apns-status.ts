import { connectionFailureIn } from "../network/connection-failure.ts";
import { retryAfterMs } from "../network/retry-after.ts";
import { ProviderError } from "./provider.ts";
import {
  DEACTIVATE,
  errorOfVerdict,
  IN_DOUBT,
  LATER,
  LOOK_AT_IT,
  MEND_IT,
  REFUSED,
  SLOW_DOWN,
  type Verdict,
} from "./verdict.ts";

/**
 * The reasons that Apple documents for APNs' answers:
 * https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
 */
const APNS_REASONS: Readonly<Record<string, Verdict>> = {
  Unregistered: DEACTIVATE,
  ExpiredToken: DEACTIVATE,
  // Also said of every token of the other environment (sandbox or production): see `environmentProven`.
  BadDeviceToken: LOOK_AT_IT,
  // About the app that a contact names, or about our request: the token may be alive.
  DeviceTokenNotForTopic: LOOK_AT_IT,
  BadTopic: LOOK_AT_IT,
  TopicDisallowed: LOOK_AT_IT,
  MissingTopic: LOOK_AT_IT,
  MissingDeviceToken: LOOK_AT_IT,
  BadCollapseId: LOOK_AT_IT,
  BadExpirationDate: LOOK_AT_IT,
  BadMessageId: LOOK_AT_IT,
  BadPriority: LOOK_AT_IT,
  DuplicateHeaders: LOOK_AT_IT,
  InvalidPushType: LOOK_AT_IT,
  PayloadEmpty: LOOK_AT_IT,
  MethodNotAllowed: LOOK_AT_IT,
  PayloadTooLarge: REFUSED,
  // The base URL leads somewhere else.
  BadPath: MEND_IT,
  // The key, its team or its environment.
  BadCertificate: MEND_IT,
  BadCertificateEnvironment: MEND_IT,
  BadEnvironmentKeyInToken: MEND_IT,
  BadEnvironmentKeyIdInToken: MEND_IT,
  Forbidden: MEND_IT,
  InvalidProviderToken: MEND_IT,
  MissingProviderToken: MEND_IT,
  UnrelatedKeyIdInToken: MEND_IT,
  // The SDK signs a new one for the next attempt.
  ExpiredProviderToken: LATER,
  IdleTimeout: LATER,
  TooManyRequests: SLOW_DOWN,
  // Apple takes a new provider token every 20 minutes at most.
  TooManyProviderTokenUpdates: { ...SLOW_DOWN, alertOperator: true, retryAfterMs: 20 * 60_000 },
  InternalServerError: IN_DOUBT,
  ServiceUnavailable: IN_DOUBT,
  Shutdown: IN_DOUBT,
};

/** What the SDK tells of a push that failed; it never throws. */
export type ApnsFailure = {
  error?: unknown;
  response?: { reason?: unknown; timestamp?: unknown };
};

/** What was seen of the request besides. */
export type ApnsProgress = {
  /** Of the answer, where its headers came. */
  status: number | null;
  retryAfter: unknown;
  /** Whether the request may have been read by the server. */
  reached: boolean;
  /** Whether the server said that it did not look at it. */
  refused: boolean;
  /** Whether a push to the same topic went through, so that tokens of this environment are what contacts hold. */
  environmentProven: boolean;
};

/** The error for a push that failed. Only codes are kept. */
export function errorOfApns(failure: ApnsFailure, progress: ApnsProgress, now: Date): ProviderError {
  if (progress.status !== null) return errorOfAnswer(progress.status, failure, progress, now);
  const connection = connectionFailureIn(failure.error);
  if (progress.reached && !progress.refused) {
    return new ProviderError("ambiguous", { code: connection?.code ?? "connection_reset" });
  }
  return new ProviderError("transient", connection ?? { code: "connection_closed" });
}

function errorOfAnswer(status: number, failure: ApnsFailure, progress: ApnsProgress, now: Date): ProviderError {
  // The SDK could not read the answer.
  if (status < 400) return new ProviderError("ambiguous", { code: "garbled_answer" });
  const reason = reasonOf(failure);
  const verdict = verdictOf(status, reason, progress.environmentProven);
  return errorOfVerdict(
    {
      ...verdict,
      retryAfterMs: retryAfterMs(progress.retryAfter, now) ?? verdict.retryAfterMs,
      deadSince: verdict.address === undefined ? undefined : timeOf(failure.response?.timestamp),
    },
    reason ?? String(status),
  );
}

function verdictOf(status: number, reason: string | null, environmentProven: boolean): Verdict {
  if (status >= 500 || status === 408) return IN_DOUBT;
  if (reason === "BadDeviceToken" && environmentProven) return DEACTIVATE;
  const listed = reason === null ? undefined : APNS_REASONS[reason];
  if (listed !== undefined) return listed;
  if (status === 429) return SLOW_DOWN;
  if (status === 413) return REFUSED;
  // A refusal that does not speak APNs' language comes from something in between.
  return reason === null ? MEND_IT : LOOK_AT_IT;
}

/** Reasons are single words; the SDK moves this one into an error of its own. */
function reasonOf(failure: ApnsFailure): string | null {
  const { response, error } = failure;
  if ((error as Error | undefined)?.message === "ExpiredProviderToken") return "ExpiredProviderToken";
  const reason = response?.reason;
  return typeof reason === "string" && /^[A-Z][A-Za-z]{0,63}$/.test(reason) ? reason : null;
}

/** APNs counts in milliseconds. */
function timeOf(timestamp: unknown): Date | undefined {
  const time = new Date(Number(timestamp));
  return typeof timestamp !== "number" || Number.isNaN(time.getTime()) ? undefined : time;
}
