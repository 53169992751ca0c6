import { randomUUIDv7 } from "node:crypto";
import { ApplicationFailure, ApplicationFailureCategory } from "@temporalio/common";
import type { Closed, CloseAttempt, DeliveryAttempts, Gate, GateVerdict } from "../database/delivery-attempts.ts";
import type { SendJob, SendJobs } from "../database/send-jobs.ts";
import { contentKindOf, wordsFor } from "../domain/channel.ts";
import { encodeNotificationId } from "../domain/notification-id.ts";
import type { RenderedContent } from "../domain/rendered-content.ts";
import { afterAttempt, type AttemptOutcome, CHANNEL_POLICIES } from "../domain/retry-policy.ts";
import { templateLocalesSchema } from "../domain/template.ts";
import type { Accepted, Provider, ProviderError } from "../providers/provider.ts";
import { renderContent } from "../rendering/render.ts";
import { MissingVariableError, TemplateError } from "../rendering/template-errors.ts";
import { templateVariables } from "../rendering/template-variables.ts";
import type { SendArguments, SendResult } from "../workflows/contract.ts";
import { callWithDeadline, DEADLINE_GRACE_MS } from "./call-with-deadline.ts";
import { type Patience, whileUnavailable } from "./while-unavailable.ts";

export type SendDependencies = {
  jobs: SendJobs;
  attempts: DeliveryAttempts;
  providers: readonly Provider[];
  isUnavailable: (error: unknown) => boolean;
  random: () => number;
  /** Milliseconds of a clock that never jumps. */
  monotonicNow: () => number;
};

/** An attempt that was opened longer ago than this is not begun: its gate's answer is too old to act on. */
const GATE_ANSWER_VALID_MS = 5_000;
/** A send that met a pause asks again after this time, and up to as much again, so that not all ask at once. */
const PAUSED_RETRY_MS = 5_000;
/** A delivery that has changed under a run is looked at again after this time. */
const SOON_MS = 1_000;
/** The result of a call is worth waiting for the database a while: without it the attempt is in doubt. */
const CLOSE_PATIENCE: Patience = { forMs: 8_000, everyMs: 250 };

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
      const loadedAt = deps.monotonicNow();
      const job = await deps.jobs.load(deliveryId);
      const over = resultWithoutSending(job, generation);
      if (over !== null || job === null) return over ?? NOTHING_TO_DO;
      const now = () => new Date(job.now.getTime() + deps.monotonicNow() - loadedAt);
      const run: Run = { ...deps, now };
      return job.openAttemptId === null ? attempt(run, job) : endLostAttempt(run, job, job.openAttemptId);
    },
  };
}

/**
 * An attempt that an earlier run has left open. While its call may still be out, its own run is the one to say how it
 * ended; after that, whether the provider took the message is unknown.
 */
async function endLostAttempt(run: Run, job: SendJob, attemptId: string): Promise<SendResult> {
  const age = job.openAttemptAgeMs ?? Number.POSITIVE_INFINITY;
  const mayLast = GATE_ANSWER_VALID_MS + CHANNEL_POLICIES[job.channel].callDeadlineMs + DEADLINE_GRACE_MS;
  if (age < mayLast) throw retryLater(`${job.channel}: an earlier run may still be sending`, mayLast - age);
  return close(run, job, attemptId, { outcome: "unknown", code: "worker_lost" });
}

/** The dependencies of one run; `now` is the database's clock, which also judges expiry. */
type Run = SendDependencies & { now: () => Date };

const NOTHING_TO_DO: SendResult = { delivery: "cancelled", notification: null };

/** Erased, taken over by a newer generation, or closed already: there is nothing to send here. */
function resultWithoutSending(job: SendJob | null, generation: number): SendResult | null {
  if (job === null || job.generation !== generation) return NOTHING_TO_DO;
  if (job.deliveryStatus === "pending" || job.deliveryStatus === "sending") return null;
  return { delivery: job.deliveryStatus, notification: job.notificationFinal ? job.notificationStatus : null };
}

async function attempt(run: Run, job: SendJob): Promise<SendResult> {
  const providers = run.providers.filter(({ channels }) => channels.includes(job.channel));
  if (providers.length === 0) return refuse(run, job, "failed", "no_provider");
  const content = render(job);
  if (typeof content === "string") return refuse(run, job, "failed", content);

  const attemptId = randomUUIDv7();
  const openedAt = run.monotonicNow();
  const gate = await openGate(run, job, attemptId, providers);
  if (!("verdict" in gate)) return gate;
  if (gate.verdict !== "open") return turnedAway(run, job, gate.verdict);
  const provider = providers.find(({ id }) => id === gate.provider);
  // Only now is it certain that the address is still this user's and still wanted.
  if (provider === undefined || job.contact === null || run.monotonicNow() - openedAt > GATE_ANSWER_VALID_MS) {
    return close(run, job, attemptId, { outcome: "transient", code: "not_begun" });
  }
  const { contact } = job;
  const result = await callWithDeadline(CHANNEL_POLICIES[job.channel].callDeadlineMs, (signal) =>
    provider.send({
      attemptId,
      deliveryId: job.deliveryId,
      notificationId: encodeNotificationId({ clientId: job.clientId, eventId: job.eventId }),
      channel: job.channel,
      address: contact.address,
      app: contact.app,
      content,
      expiresAt: job.expiresAt,
      priority: job.priority,
      signal,
    }),
  );
  return close(run, job, attemptId, endingOf(result));
}

/**
 * Asks the gate. Where its answer is lost, the attempt may be open; but nothing was called, and nobody else knows that:
 * so it is closed, instead of being found in doubt by the next run.
 */
async function openGate(
  run: Run,
  job: SendJob,
  attemptId: string,
  providers: readonly Provider[],
): Promise<Gate | SendResult> {
  try {
    return await run.attempts.open({
      notificationId: job.notificationId,
      deliveryId: job.deliveryId,
      attemptId,
      generation: job.generation,
      attemptsBefore: job.attempts,
      providers: providers.map(({ id }) => id),
      channelWords: wordsFor(job.channel),
    });
  } catch (error) {
    if (!run.isUnavailable(error)) throw error;
    return close(run, job, attemptId, { outcome: "transient", code: "not_begun" });
  }
}

type Ending =
  | { outcome: "sent"; providerMessageId: string | null }
  | { outcome: Exclude<AttemptOutcome, "sent">; code: string; retryAfterMs?: number };

function endingOf(result: Accepted | ProviderError): Ending {
  if (!(result instanceof Error)) return { outcome: "sent", providerMessageId: result.providerMessageId };
  const { kind, code, retryAfterMs } = result;
  const outcome = kind === "ambiguous" ? "unknown" : kind;
  return retryAfterMs === undefined ? { outcome, code } : { outcome, code, retryAfterMs };
}

async function close(run: Run, job: SendJob, attemptId: string, ending: Ending): Promise<SendResult> {
  const closing = closingOf(run, job, attemptId, ending);
  const closed = await whileUnavailable(CLOSE_PATIENCE, run.isUnavailable, () => run.attempts.close(closing));
  const delayMs = "retryInMs" in closing.next ? closing.next.retryInMs : 0;
  if (closed === null) {
    // Taken for lost by another run, or closed by this very statement whose answer got lost: the row says which. What
    // is known of the attempt is recorded all the same.
    await run.attempts.recordLate(closing);
    return overtaken(run, job, delayMs);
  }
  if (closed.delivery !== "sending") return closed;
  throw retryLater(`${job.channel}: ${closing.outcome} (${closing.code ?? "no code"})`, delayMs);
}

function closingOf(run: Run, job: SendJob, attemptId: string, ending: Ending): CloseAttempt {
  const base = { attemptId, deliveryId: job.deliveryId, outcome: ending.outcome };
  if (ending.outcome === "sent") {
    const { providerMessageId } = ending;
    return { ...base, providerMessageId, code: null, next: { delivery: "sent", reason: null } };
  }
  const next = afterAttempt({
    channel: job.channel,
    guarantee: job.guarantee,
    outcome: ending.outcome,
    code: ending.code,
    attempts: job.openAttemptId === null ? job.attempts + 1 : job.attempts,
    retryAfterMs: ending.retryAfterMs ?? null,
    now: run.now(),
    firstAttemptAt: job.firstAttemptAt ?? job.now,
    expiresAt: job.expiresAt,
    random: run.random(),
  });
  return {
    ...base,
    providerMessageId: null,
    code: ending.code,
    next: next.retry ? { retryInMs: next.delayMs } : { delivery: next.delivery, reason: next.reason },
  };
}

async function turnedAway(run: Run, job: SendJob, verdict: GateVerdict): Promise<SendResult> {
  switch (verdict) {
    case "paused":
      throw retryLater(`${job.channel}: paused`, PAUSED_RETRY_MS * (1 + run.random()));
    case "stale":
      return overtaken(run, job);
    case "cancelled":
    case "expired":
      return refuse(run, job, verdict, verdict);
    case "suppressed":
    case "no_contact":
    case "opted_out":
      return refuse(run, job, "suppressed", verdict);
  }
}

/**
 * The row has moved since it was loaded. A delivery that was closed meanwhile is the result. Without an open attempt it
 * is this delivery's turn again, after `delayMs`. Otherwise an earlier run,
 * which was given up on, lives and has opened an attempt: come back when its call must have ended, and see.
 */
async function overtaken(run: Run, job: SendJob, delayMs = SOON_MS): Promise<SendResult> {
  const now = await run.jobs.load(job.deliveryId);
  const over = resultWithoutSending(now, job.generation);
  if (over !== null) return over;
  if (now === null || now.openAttemptId === null)
    throw retryLater(`${job.channel}: nobody is sending any more`, delayMs);
  throw retryLater(`${job.channel}: another run is sending`, CHANNEL_POLICIES[job.channel].callDeadlineMs);
}

async function refuse(
  run: Run,
  job: SendJob,
  status: "failed" | "suppressed" | "cancelled" | "expired",
  reason: string,
): Promise<SendResult> {
  const closed: Closed | null = await run.attempts.closeUnopened(job.deliveryId, status, reason);
  return closed ?? overtaken(run, job);
}

/** The content, or the reason why there is none: the same template and data would fail again. */
function render(job: SendJob): RenderedContent | "missing_variable" | "template_invalid" {
  try {
    const locales = templateLocalesSchema.parse(job.locales);
    return renderContent(locales, contentKindOf(job.channel), job.locale, templateVariables(job.data, job.user));
  } catch (error) {
    if (error instanceof MissingVariableError) return "missing_variable";
    if (error instanceof TemplateError) return "template_invalid";
    throw error;
  }
}

/** Temporal waits, durably, and runs the activity again. Expected, so it is kept out of error logs and metrics. */
function retryLater(message: string, delayMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: "AttemptFailed",
    message,
    nextRetryDelay: delayMs,
    category: ApplicationFailureCategory.BENIGN,
  });
}

export type SendActivities = ReturnType<typeof createSend>;
