import { randomUUIDv7 } from "node:crypto";
import type { Gate } from "../database/delivery-attempts.ts";
import type { SendJob } from "../database/send-jobs.ts";
import { callHealth } from "../domain/breaker-policy.ts";
import { wordsFor } from "../domain/channel.ts";
import { type AllowedCountries, countryOf } from "../domain/country.ts";
import type { RenderedContent } from "../domain/rendered-content.ts";
import { CHANNEL_POLICIES } from "../domain/retry-policy.ts";
import { smsSize } from "../domain/sms-segments.ts";
import { type SendArguments, sendLimitMs, type SendResult } from "../workflows/contract.ts";
import { type CallDependencies, callProvider } from "./call-provider.ts";
import { DEADLINE_GRACE_MS } from "./call-with-deadline.ts";
import { providersOf, ratesToKeep } from "./choose-provider.ts";
import { closeAttempt, type CloseDependencies } from "./close-attempt.ts";
import { decideLate, type LateDependencies } from "./decide-late.ts";
import { type EarlyReadingDependencies, settleEarlyReadings } from "./early-readings.ts";
import { addressVerdictOf, endingOf, NOT_BEGUN, workerLost } from "./ending.ts";
import type { ProviderHealth } from "./provider-health.ts";
import type { RateTokens } from "./rate-tokens.ts";
import { renderJob } from "./render-job.ts";
import { retryLater } from "./retry-later.ts";
import { stillToSend } from "./send-result.ts";
import { trackContent, type TrackedUrls } from "./track-content.ts";
import { heldBack, hold, refuse, turnedAway } from "./turned-away.ts";

export type SendDependencies = Omit<CloseDependencies, "now" | "leftMs"> &
  LateDependencies &
  EarlyReadingDependencies &
  CallDependencies & {
    rateTokens: RateTokens;
    /** Where SMS may go to as long as the settings do not say. */
    smsCountriesByDefault: AllowedCountries;
    /** Null: there is no address that mail programs would call. */
    trackedUrls: TrackedUrls | null;
    health: ProviderHealth;
    /** Milliseconds of a clock that never jumps. */
    monotonicNow: () => number;
  };

/** An attempt that was opened longer ago than this is not begun: its gate's answer is too old to act on. */
const GATE_ANSWER_VALID_MS = 5_000;
/** Kept of a run's time for what comes after the last try to reach the database, and for telling Temporal. */
const LAST_WORDS_MS = 5_000;

/**
 * One attempt of one delivery: open it (committed; the last gate), call the provider once, close it (committed).
 *
 * Dying before the attempt is open: nothing happened, the next run begins anew. Dying while it is open, at any line:
 * the next run finds it, closes it `unknown`, and goes on or stops as the category's guarantee says. Dying after it is
 * closed: the next run finds the result. Idempotency: the fence `attemptsBefore`, so of two runs at the same time only
 * one opens.
 */
export function createSend(deps: SendDependencies) {
  return {
    async send({ deliveryId, generation }: SendArguments): Promise<SendResult> {
      const begunAt = deps.monotonicNow();
      const still = stillToSend(await deps.jobs.load(deliveryId), generation);
      if ("result" in still) return still.result;
      const { job } = still;
      const sinceMs = () => deps.monotonicNow() - begunAt;
      const now = () => new Date(job.now.getTime() + sinceMs());
      const leftMs = () => sendLimitMs(job.channel) - LAST_WORDS_MS - sinceMs();
      const run: Run = { ...deps, now, leftMs };
      return job.openAttemptId === null ? attempt(run, job) : endLostAttempt(run, job, job.openAttemptId);
    },
  };
}

/** The dependencies of one run, with its clocks. */
type Run = SendDependencies & CloseDependencies;

/**
 * An attempt that an earlier run has left open. While its call may still be out, its own run is the one to say how it
 * ended; after that, whether the provider took the message is unknown.
 */
async function endLostAttempt(run: Run, job: SendJob, attemptId: string): Promise<SendResult> {
  const age = job.openAttemptAgeMs ?? Number.POSITIVE_INFINITY;
  const mayLast = GATE_ANSWER_VALID_MS + CHANNEL_POLICIES[job.channel].callDeadlineMs + DEADLINE_GRACE_MS;
  if (age < mayLast) throw retryLater(`${job.channel}: an earlier run may still be sending`, mayLast - age);
  return closeAttempt(run, job, attemptId, workerLost(job.lastProvider));
}

async function attempt(run: Run, job: SendJob): Promise<SendResult> {
  const providers = providersOf(run.providers, job.channel);
  if (providers.length === 0) return refuse(run, job, "failed", "no_provider");
  // Without a contact there may be no user to render for: the gate says why.
  const content = job.contact === null ? null : renderJob(job);
  if (typeof content === "string") return refuse(run, job, "failed", content);

  const late = await decideLate(run, job, run.now());
  if (late.kind === "hold") return hold(run, job, late.until, late.reason);
  if (late.kind === "refuse") return refuse(run, job, "suppressed", late.reason);
  const { rates, barred } = ratesToKeep(job, providers);
  if (!(await run.rateTokens.take(rates))) throw heldBack(run, job, "its rate is booked out");
  const attemptId = randomUUIDv7();
  const openedAt = run.monotonicNow();
  const given = { providers: providers.map(({ id }) => id), barred, decidedAt: late.decidedAt };
  const gate = await openGate(run, job, attemptId, given, content);
  if (!("verdict" in gate)) return gate;
  if (gate.verdict !== "open") return turnedAway(run, job, gate);
  const provider = providers.find(({ id }) => id === gate.provider);
  // Only now is it certain that the address is still this user's and still wanted.
  const tooLate = run.monotonicNow() - openedAt > GATE_ANSWER_VALID_MS;
  if (provider === undefined || job.contact === null || content === null || tooLate) {
    run.health.note({ ...gate, attemptId, health: null });
    return closeAttempt(run, job, attemptId, NOT_BEGUN);
  }
  const tracked = trackContent(content, attemptId, job.tracking, run.trackedUrls);
  const result = await callProvider(run, provider, job, job.contact, tracked, attemptId);
  const ending = endingOf(gate.provider, result);
  run.health.note({ ...gate, attemptId, health: callHealth(ending) });
  const closed = await closeAttempt(run, job, attemptId, ending, addressVerdictOf(result));
  if (tracked !== content) await settleEarlyReadings(run, attemptId);
  return closed;
}

/**
 * Asks the gate. Where its answer is lost, the attempt may be open; but nothing was called, and nobody else knows that:
 * so it is closed, instead of being found in doubt by the next run.
 */
async function openGate(
  run: Run,
  job: SendJob,
  attemptId: string,
  given: { providers: readonly string[]; barred: readonly string[]; decidedAt: Date },
  content: RenderedContent | null,
): Promise<Gate | SendResult> {
  try {
    return await run.attempts.open({
      notificationId: job.notificationId,
      deliveryId: job.deliveryId,
      attemptId,
      generation: job.generation,
      attemptsBefore: job.attempts,
      ...given,
      channelWords: wordsFor(job.channel),
      country: job.channel === "sms" && job.contact !== null ? countryOf(job.contact.address) : null,
      smsCountriesByDefault: run.smsCountriesByDefault,
      segments: content?.kind === "sms" ? smsSize(content.text).segments : null,
    });
  } catch (error) {
    if (!run.isUnavailable(error)) throw error;
    return closeAttempt(run, job, attemptId, NOT_BEGUN);
  }
}

export type SendActivities = ReturnType<typeof createSend>;
