import { connectionFailureOf } from "./connection-failure.ts";
import { ProviderError, type ProviderErrorKind } from "./provider.ts";
import { retryAfterMs } from "./retry-after.ts";

type Verdict = {
  kind: ProviderErrorKind;
  address?: "deactivate";
  alertOperator?: true;
  retryAfterMs?: number;
};

/** A refusal because of the text or the token's app, or one that we do not know: not tried again, and looked at. */
const REFUSED: Verdict = { kind: "permanent", alertOperator: true };
const DEAD_TOKEN: Verdict = { kind: "permanent", address: "deactivate" };
/** Mended by a person (key, team, environment), usually within the day in which we retry, so nothing is lost. */
const OPERATOR: Verdict = { kind: "transient", alertOperator: true };
const THROTTLED: Verdict = { kind: "throttled" };
/** What became of a push that was answered with a 5xx is not known. */
const DOUBTFUL: Verdict = { kind: "ambiguous" };

/** The reasons that Apple documents for APNs' answers. */
const REASONS: Record<string, Verdict> = {
  Unregistered: DEAD_TOKEN,
  ExpiredToken: DEAD_TOKEN,
  // Also said of every token of the other environment (sandbox or production): see `environmentProven`.
  BadDeviceToken: REFUSED,
  // About the app that a contact names, or about our request: the token may be alive.
  DeviceTokenNotForTopic: REFUSED,
  BadTopic: REFUSED,
  TopicDisallowed: REFUSED,
  MissingTopic: REFUSED,
  MissingDeviceToken: REFUSED,
  BadCollapseId: REFUSED,
  BadExpirationDate: REFUSED,
  BadMessageId: REFUSED,
  BadPriority: REFUSED,
  DuplicateHeaders: REFUSED,
  InvalidPushType: REFUSED,
  PayloadEmpty: REFUSED,
  PayloadTooLarge: { kind: "permanent" },
  MethodNotAllowed: REFUSED,
  // The base URL leads somewhere else.
  BadPath: OPERATOR,
  BadCertificate: OPERATOR,
  BadCertificateEnvironment: OPERATOR,
  BadEnvironmentKeyInToken: OPERATOR,
  BadEnvironmentKeyIdInToken: OPERATOR,
  Forbidden: OPERATOR,
  InvalidProviderToken: OPERATOR,
  MissingProviderToken: OPERATOR,
  UnrelatedKeyIdInToken: OPERATOR,
  // The SDK signs a new one for the next attempt.
  ExpiredProviderToken: { kind: "transient" },
  IdleTimeout: { kind: "transient" },
  TooManyRequests: THROTTLED,
  // Apple takes a new provider token every 20 minutes at most.
  TooManyProviderTokenUpdates: { kind: "throttled", alertOperator: true, retryAfterMs: 20 * 60_000 },
  InternalServerError: DOUBTFUL,
  ServiceUnavailable: DOUBTFUL,
  Shutdown: DOUBTFUL,
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
  const waitMs = retryAfterMs(progress.retryAfter, now) ?? verdict.retryAfterMs;
  const deadSince = verdict.address === undefined ? null : timeOf(failure.response?.timestamp);
  return new ProviderError(verdict.kind, {
    code: reason ?? String(status),
    ...(verdict.address === undefined ? {} : { address: verdict.address }),
    ...(deadSince === null ? {} : { deadSince }),
    ...(verdict.alertOperator === undefined ? {} : { alertOperator: true }),
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  });
}

function verdictOf(status: number, reason: string | null, environmentProven: boolean): Verdict {
  // Whatever is said of it: nobody knows what a server in trouble had done before.
  if (status >= 500 || status === 408) return DOUBTFUL;
  if (reason === "BadDeviceToken" && environmentProven) return DEAD_TOKEN;
  const listed = reason === null ? undefined : REASONS[reason];
  if (listed !== undefined) return listed;
  if (status === 429) return THROTTLED;
  if (status === 413) return { kind: "permanent" };
  // A refusal that does not speak APNs' language comes from something in between.
  return reason === null ? OPERATOR : REFUSED;
}

/** Reasons are single words; the SDK moves this one into an error of its own. */
function reasonOf(failure: ApnsFailure): string | null {
  const { response, error } = failure;
  if ((error as Error | undefined)?.message === "ExpiredProviderToken") return "ExpiredProviderToken";
  const reason = response?.reason;
  return typeof reason === "string" && /^[A-Z][A-Za-z]{0,63}$/.test(reason) ? reason : null;
}

/** APNs counts in milliseconds. */
function timeOf(timestamp: unknown): Date | null {
  const time = new Date(Number(timestamp));
  return typeof timestamp !== "number" || Number.isNaN(time.getTime()) ? null : time;
}

/** The SDK and Node wrap what the system said, several times over. */
function connectionFailureIn(error: unknown): ReturnType<typeof connectionFailureOf> {
  for (let inner = error, depth = 0; inner instanceof Error && depth < 8; inner = causeOf(inner), depth++) {
    const failure = connectionFailureOf((inner as NodeJS.ErrnoException).code);
    if (failure !== null) return failure;
  }
  return null;
}

function causeOf(error: Error): unknown {
  // VError has a function of this name.
  return typeof error.cause === "function" ? (error.cause as () => unknown).call(error) : error.cause;
}
