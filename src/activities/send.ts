import { randomUUIDv7 } from "node:crypto";
import type { Gate } from "../database/delivery-attempts.ts";
import type { SendJob } from "../database/send-jobs.ts";
import { askAgainInMs, callHealth } from "../domain/breaker-policy.ts";
import { wordsFor } from "../domain/channel.ts";
import { type AllowedCountries, countryOf } from "../domain/country.ts";
import { encodeNotificationId } from "../domain/notification-id.ts";
import type { RenderedContent } from "../domain/rendered-content.ts";
import { CHANNEL_POLICIES, RETRY_FOR_MS, retriesAreOver } from "../domain/retry-policy.ts";
import { smsSize } from "../domain/sms-segments.ts";
import type { Provider } from "../providers/provider.ts";
import { type SendArguments, sendLimitMs, type SendResult } from "../workflows/contract.ts";
import { callWithDeadline, DEADLINE_GRACE_MS } from "./call-with-deadline.ts";
import { brokenForMs, providersOf, ratesToKeep } from "./choose-provider.ts";
import {
  addressVerdictOf,
  closeAttempt,
  type CloseDependencies,
  endingOf,
  NOT_BEGUN,
  overtaken,
  pausedMs,
  workerLost,
} from "./close-attempt.ts";
import { decideLate, type LateDependencies } from "./decide-late.ts";
import { type EarlyReadingDependencies, settleEarlyReadings } from "./early-readings.ts";
import type { ProviderHealth } from "./provider-health.ts";
import type { RateTokens } from "./rate-tokens.ts";
import { renderJob } from "./render-job.ts";
import { retryLater } from "./retry-later.ts";
import { NOTHING_TO_DO, resultWithoutSending } from "./send-result.ts";
import { trackContent, type TrackedUrls } from "./track-content.ts";

export type SendDependencies = Omit<CloseDependencies, "now" | "leftMs"> &
  LateDependencies &
  EarlyReadingDependencies & {
    rateTokens: RateTokens;
    /** Where SMS may go to as long as the settings do not say. */
    smsCountriesByDefault: AllowedCountries;
    /** The link in a mail that ends more of its kind; null: there is no address that mail programs would call. */
    unsubscribeUrl: ((of: { category: string } & ({ userId: string } | { addressHash: string })) => string) | null;
    /** Null as for `unsubscribeUrl`. */
    trackedUrls: TrackedUrls | null;
    /** By which the app that gets a push may tell of it; it gets the notification's public id too. */
    pushToken: (attemptId: string, notificationId: string) => string;
    health: ProviderHealth;
    /** Milliseconds of a clock that never jumps. */
    monotonicNow: () => number;
  };

/** An attempt that was opened longer ago than this is not begun: its gate's answer is too old to act on. */
const GATE_ANSWER_VALID_MS = 5_000;
/** A send that is held back asks again after this time at least, and up to as much again, so not all ask at once. */
const HELD_RETRY_MS = 5_000;
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
      const job = await deps.jobs.load(deliveryId);
      const over = resultWithoutSending(job, generation);
      if (over !== null || job === null) return over ?? NOTHING_TO_DO;
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
  const from = { providers: providers.map(({ id }) => id), barred };
  const gate = await openGate(run, job, attemptId, from, content);
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
  const result = await call(run, provider, job, job.contact, tracked, attemptId);
  const ending = endingOf(gate.provider, result);
  run.health.note({ ...gate, attemptId, health: callHealth(ending) });
  const closed = await closeAttempt(run, job, attemptId, ending, addressVerdictOf(result));
  if (tracked !== content) await settleEarlyReadings(run, attemptId);
  return closed;
}

function call(
  run: Run,
  provider: Provider,
  job: SendJob,
  contact: NonNullable<SendJob["contact"]>,
  content: RenderedContent,
  attemptId: string,
) {
  const notificationId = encodeNotificationId({ clientId: job.clientId, eventId: job.eventId });
  return callWithDeadline(CHANNEL_POLICIES[job.channel].callDeadlineMs, (signal) =>
    provider.send({
      attemptId,
      deliveryId: job.deliveryId,
      notificationId,
      channel: job.channel,
      address: contact.address,
      app: contact.app,
      content,
      headers: headersFor(run, job),
      ...(content.kind === "push" ? { pushToken: run.pushToken(attemptId, notificationId) } : {}),
      expiresAt: job.expiresAt,
      priority: job.priority,
      signal,
    }),
  );
}

/** What may be unsubscribed from says how (RFC 8058): mail programs show it as a button. */
function headersFor({ unsubscribeUrl }: Run, job: SendJob): Record<string, string> {
  if (job.channel !== "email" || job.mandatory || unsubscribeUrl === null) return {};
  const { categoryId: category, user, addressHash } = job;
  if (user === null && addressHash === null) return {};
  const target = user === null ? { addressHash: addressHash ?? "", category } : { userId: user.id, category };
  return {
    "List-Unsubscribe": `<${unsubscribeUrl(target)}>`,
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
  };
}

/**
 * Asks the gate. Where its answer is lost, the attempt may be open; but nothing was called, and nobody else knows that:
 * so it is closed, instead of being found in doubt by the next run.
 */
async function openGate(
  run: Run,
  job: SendJob,
  attemptId: string,
  from: { providers: readonly string[]; barred: readonly string[] },
  content: RenderedContent | null,
): Promise<Gate | SendResult> {
  try {
    return await run.attempts.open({
      notificationId: job.notificationId,
      deliveryId: job.deliveryId,
      attemptId,
      generation: job.generation,
      attemptsBefore: job.attempts,
      ...from,
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

async function turnedAway(
  run: Run,
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

function heldBack(run: Run, job: SendJob, why: string): Error {
  return retryLater(`${job.channel}: ${why}`, HELD_RETRY_MS + HELD_RETRY_MS * run.random());
}

/**
 * What no provider could take for as long as retries go on is given up. Where it was never tried, the providers must have
 * been broken for so long: a backlog of days that finds one broken for a second waits like anything else.
 */
async function waitForProvider(run: Run, job: SendJob, readyInMs: number): Promise<SendResult> {
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
async function hold(run: Run, job: SendJob, until: Date, reason: "quiet_hours" | "rate_limited"): Promise<SendResult> {
  const { deliveryId, generation } = job;
  if (!(await run.attempts.hold({ deliveryId, generation, until, reason }))) return overtaken(run, job);
  return { delivery: job.deliveryStatus, notification: null, heldUntil: until.toISOString() };
}

async function refuse(
  run: Run,
  job: SendJob,
  status: "failed" | "suppressed" | "cancelled" | "expired",
  reason: string,
): Promise<SendResult> {
  return (await run.attempts.closeUnopened(job.deliveryId, status, reason, job.generation)) ?? overtaken(run, job);
}

export type SendActivities = ReturnType<typeof createSend>;
