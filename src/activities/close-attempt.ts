import type { AddressVerdict } from "../database/address-marks.ts";
import type { CloseAttempt, DeliveryAttempts } from "../database/delivery-attempts.ts";
import type { Controls } from "../database/controls.ts";
import type { SendJob, SendJobs } from "../database/send-jobs.ts";
import type { Fault } from "../domain/breaker-policy.ts";
import { afterAttempt, type AttemptOutcome, CHANNEL_POLICIES } from "../domain/retry-policy.ts";
import type { Accepted, Provider, ProviderError } from "../providers/provider.ts";
import type { SendResult } from "../workflows/contract.ts";
import { providerFacts, providersOf } from "./choose-provider.ts";
import { retryLater } from "./retry-later.ts";
import { resultWithoutSending } from "./send-result.ts";
import { whileUnavailable } from "./while-unavailable.ts";

/** A delivery that has changed under a run is looked at again after this time. */
const SOON_MS = 1_000;

export type CloseDependencies = {
  jobs: SendJobs;
  attempts: DeliveryAttempts;
  controls: Pick<Controls, "pausedMs">;
  providers: readonly Provider[];
  isUnavailable: (error: unknown) => boolean;
  random: () => number;
  /** The database's clock, which also judges expiry. */
  now: () => Date;
  /** How long the run may wait for the database, in milliseconds. */
  leftMs: () => number;
};

/** What is known of a provider call when it is over. */
export type Ending = {
  /** Null: nobody was called. */
  provider: string | null;
  fault: Fault;
  alertOperator: boolean;
} & (
  | { outcome: "sent"; providerMessageId: string | null }
  | { outcome: Exclude<AttemptOutcome, "sent">; code: string; retryAfterMs: number | null }
);

export function endingOf(provider: string, result: Accepted | ProviderError): Ending {
  if (!(result instanceof Error)) {
    const { providerMessageId } = result;
    return { provider, outcome: "sent", providerMessageId, fault: "message", alertOperator: false };
  }
  const { kind, code, fault, alertOperator, retryAfterMs = null } = result;
  return { provider, outcome: kind === "ambiguous" ? "unknown" : kind, code, fault, alertOperator, retryAfterMs };
}

/** The attempt was opened, and its call was not made after all. */
export const NOT_BEGUN: Ending = {
  ...{ provider: null, outcome: "transient", code: "not_begun", retryAfterMs: null },
  ...{ fault: "message", alertOperator: false },
};

/** The process that made the call is gone, for which the provider cannot be blamed. */
export function workerLost(provider: string | null): Ending {
  return {
    ...{ provider, outcome: "unknown", code: "worker_lost", retryAfterMs: null },
    ...{ fault: "message", alertOperator: false },
  };
}

/** What a refusal says about the address, if anything. */
export function addressVerdictOf(result: Accepted | ProviderError): AddressVerdict | undefined {
  if (!(result instanceof Error) || result.address === undefined) return undefined;
  return { mark: result.address, deadSince: result.deadSince ?? null };
}

/**
 * Closes the attempt, committed, with what follows from its ending. Nobody else knows how it ended, so a database that is
 * away is waited for as long as this run may last: after it the attempt is in doubt.
 * @returns what the delivery came to
 * @throws {ApplicationFailure} that makes Temporal come back, where another attempt is to follow
 */
export async function closeAttempt(
  deps: CloseDependencies,
  job: SendJob,
  attemptId: string,
  ending: Ending,
  address?: AddressVerdict,
): Promise<SendResult> {
  const patiently = <T>(work: () => Promise<T>) => whileUnavailable(deps.leftMs, deps.isUnavailable, work);
  const closing = { ...(await patiently(() => closingOf(deps, job, attemptId, ending))), address };
  const closed = await patiently(() => deps.attempts.close(closing));
  const delayMs = "retryInMs" in closing.next ? closing.next.retryInMs : 0;
  if (closed === null) {
    // Taken for lost by another run, or closed by this very statement whose answer got lost: the row says which. What
    // is known of the attempt is recorded all the same.
    await patiently(() => deps.attempts.recordLate(closing));
    return overtaken(deps, job, delayMs);
  }
  if (closed.delivery !== "sending") return closed;
  throw retryLater(`${job.channel}: ${closing.outcome} (${closing.code ?? "no code"})`, delayMs);
}

async function closingOf(
  deps: CloseDependencies,
  job: SendJob,
  attemptId: string,
  ending: Ending,
): Promise<CloseAttempt> {
  const base = { attemptId, deliveryId: job.deliveryId, outcome: ending.outcome };
  if (ending.outcome === "sent") {
    const { providerMessageId } = ending;
    return { ...base, providerMessageId, code: null, next: { delivery: "sent", reason: null } };
  }
  const { firstAttemptAt } = job;
  const next = afterAttempt({
    channel: job.channel,
    guarantee: job.guarantee,
    outcome: ending.outcome,
    fault: ending.fault,
    code: ending.code,
    provider: ending.provider,
    providers: providerFacts(job, providersOf(deps.providers, job.channel)),
    attempts: (job.openAttemptId === null ? job.attempts + 1 : job.attempts) - job.attemptsBefore,
    retryAfterMs: ending.retryAfterMs,
    now: deps.now(),
    firstAttemptAt: firstAttemptAt ?? job.now,
    pausedMs: firstAttemptAt === null ? 0 : await pausedMs(deps, job, firstAttemptAt),
    expiresAt: job.expiresAt,
    random: deps.random(),
  });
  return {
    ...base,
    providerMessageId: null,
    code: ending.code,
    next: next.retry
      ? { retryInMs: next.delayMs, setback: next.setback }
      : { delivery: next.delivery, reason: next.reason },
  };
}

/** Of the time since then, how long somebody had paused it, in milliseconds. */
export function pausedMs(
  { controls, providers }: Pick<CloseDependencies, "controls" | "providers">,
  { channel }: SendJob,
  since: Date,
): Promise<number> {
  const ids = providersOf(providers, channel).map(({ id }) => id);
  return controls.pausedMs(channel, ids, since);
}

/**
 * The row has moved since it was loaded. A delivery that was closed meanwhile is the result. Without an open attempt it
 * is this delivery's turn again, after `delayMs`. Otherwise an earlier run, which was given up on, lives and has opened
 * an attempt: come back when its call must have ended, and see.
 */
export async function overtaken(
  { jobs }: Pick<CloseDependencies, "jobs">,
  job: SendJob,
  delayMs = SOON_MS,
): Promise<SendResult> {
  const now = await jobs.load(job.deliveryId);
  const over = resultWithoutSending(now, job.generation);
  if (over !== null) return over;
  if (now?.openAttemptId === null) throw retryLater(`${job.channel}: nobody is sending any more`, delayMs);
  throw retryLater(`${job.channel}: another run is sending`, CHANNEL_POLICIES[job.channel].callDeadlineMs);
}
