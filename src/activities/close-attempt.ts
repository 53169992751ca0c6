import type { AddressVerdict } from "../database/address-marks.ts";
import type { CloseAttempt, DeliveryAttempts } from "../database/delivery-attempts.ts";
import type { Controls } from "../database/controls.ts";
import type { SendJob, SendJobs } from "../database/send-jobs.ts";
import { afterAttempt } from "../domain/retry-policy.ts";
import type { Provider } from "../providers/provider.ts";
import type { SendResult } from "../workflows/contract.ts";
import { providerFacts, providersOf } from "./choose-provider.ts";
import type { Ending } from "./ending.ts";
import { overtaken } from "./overtaken.ts";
import { pausedMs } from "./paused-ms.ts";
import { retryLater } from "./retry-later.ts";
import { whileUnavailable } from "./while-unavailable.ts";

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
