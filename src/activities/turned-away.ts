import type { Gate } from "../database/delivery-attempts.ts";
import type { SendJob } from "../database/send-jobs.ts";
import { askAgainInMs } from "../domain/breaker-policy.ts";
import { RETRY_FOR_MS, retriesAreOver } from "../domain/retry-policy.ts";
import type { SendResult } from "../workflows/contract.ts";
import { brokenForMs, providersOf } from "./choose-provider.ts";
import type { CloseDependencies } from "./close-attempt.ts";
import { overtaken } from "./overtaken.ts";
import { pausedMs } from "./paused-ms.ts";
import { retryLater } from "./retry-later.ts";

/** A send that is held back asks again after this time at least, and up to as much again, so not all ask at once. */
const HELD_RETRY_MS = 5_000;

/** What follows where the gate does not open. */
export async function turnedAway(
  run: CloseDependencies,
  job: SendJob,
  { verdict, readyInMs }: Exclude<Gate, { verdict: "open" }>,
): Promise<SendResult> {
  switch (verdict) {
    case "paused":
      throw heldBack(run, job, "paused");
    case "not_ready":
      return waitForProvider(run, job, readyInMs ?? HELD_RETRY_MS);
    case "no_provider":
      return refuse(run, job, "failed", verdict);
    case "stale":
      return overtaken(run, job);
    case "cancelled":
    case "expired":
      return refuse(run, job, verdict, verdict);
    case "suppressed":
    case "no_contact":
    case "country_not_allowed":
    case "opted_out":
    case "sms_cap_reached":
      return refuse(run, job, "suppressed", verdict);
  }
}

/** To be thrown: asked again soon. */
export function heldBack(run: CloseDependencies, job: SendJob, why: string): Error {
  return retryLater(`${job.channel}: ${why}`, HELD_RETRY_MS + HELD_RETRY_MS * run.random());
}

/**
 * What no provider could take for as long as retries go on is given up. Where it was never tried, the providers must have
 * been broken for so long: a backlog of days that finds one broken for a second waits like anything else.
 */
async function waitForProvider(run: CloseDependencies, job: SendJob, readyInMs: number): Promise<SendResult> {
  const [now, since] = [run.now(), job.firstAttemptAt ?? job.decidedAt];
  const forMs = brokenForMs(job, providersOf(run.providers, job.channel));
  const hadTurns = job.firstAttemptAt !== null || forMs > RETRY_FOR_MS;
  if (hadTurns && retriesAreOver(now, since, 0) && retriesAreOver(now, since, await pausedMs(run, job, since))) {
    return refuse(run, job, "failed", "retries_exhausted");
  }
  const expiresInMs = job.expiresAt === null ? null : job.expiresAt.getTime() - now.getTime();
  const delayMs = askAgainInMs({ readyInMs, brokenForMs: forMs, expiresInMs, random: run.random() });
  throw retryLater(`${job.channel}: no provider is ready`, delayMs);
}

/** The workflow waits, without a worker's slot, and comes back. */
export async function hold(
  run: CloseDependencies,
  job: SendJob,
  until: Date,
  reason: "quiet_hours" | "rate_limited",
): Promise<SendResult> {
  const { deliveryId, generation } = job;
  if (!(await run.attempts.hold({ deliveryId, generation, until, reason }))) return overtaken(run, job);
  return { delivery: job.deliveryStatus, notification: null, heldUntil: until.toISOString() };
}

/** Ends the delivery without an attempt. */
export async function refuse(
  run: CloseDependencies,
  job: SendJob,
  status: "failed" | "suppressed" | "cancelled" | "expired",
  reason: string,
): Promise<SendResult> {
  return (await run.attempts.closeUnopened(job.deliveryId, status, reason, job.generation)) ?? overtaken(run, job);
}
