import type { LostOwner, OverdueNotification, Repairs } from "../database/repairs.ts";
import { CHANNELS } from "../domain/channel.ts";
import { CHANNEL_POLICIES } from "../domain/retry-policy.ts";
import type { Logger } from "../observability/log.ts";
import { reasonOf } from "../observability/reason-of.ts";
import type { RepairObserver } from "../observability/repair-metrics.ts";
import { notificationKeyOf, type RepairResult } from "../workflows/contract.ts";
import type { Alarm } from "./alarm.ts";
import { type HousekeepingDependencies, keepHouse } from "./housekeeping.ts";
import type { BrokenRun, NotificationWorkflows, Standing } from "./notification-workflows.ts";
import { takeoverInput } from "./takeover-input.ts";

export type RepairDependencies = HousekeepingDependencies & {
  repairs: Repairs;
  workflows: NotificationWorkflows;
  alarm: Alarm;
  repaired: RepairObserver;
};

/** Temporal shows what ended with a delay, and a round may fail half-way. */
const LOOK_BACK_MS = 3_600_000;
/** For what is overdue, and then for broken workflows, of a round; well within the time that Temporal gives it. */
const LOOK_FOR_MS = 120_000;
const PAGE = 200;
/** Per run; the next one goes on. */
const MAX_PAGES = 25;
/** A notification that cannot be repaired must not keep others from it; where so many cannot, it is not them. */
const MAX_FAILURES = 20;
/** A call that a lost workflow's worker has begun may still be out for this long. */
const CALL_MAY_LAST_MS = Math.max(...CHANNELS.map((channel) => CHANNEL_POLICIES[channel].callDeadlineMs)) + 5_000;

/** Carries on what nobody carries on any more, so that nothing stays in between for ever. */
export function createRepair(deps: RepairDependencies) {
  return {
    /**
     * One round. Idempotency: taking over is a compare-and-set on the owner. Dying after it and before the start of the
     * new workflow leaves a notification that is due again in a minute, whose workflow is then found missing.
     * @param lastStartedAt when the last round began that was carried out to its end: what broke since then, while there
     *   may have been no worker, nobody has looked at
     */
    async repair(lastStartedAt?: string): Promise<RepairResult> {
      const startedAt = deps.now().toISOString();
      const result: RepairResult = { looked: 0, takenOver: 0, startedAt };
      // Neither waits for the other: there may be any number of notifications to ask Temporal about, one by one.
      const [carriedOn, kept] = await Promise.allSettled([carryOn(deps, lastStartedAt, result), keepHouse(deps)]);
      if (carriedOn.status === "rejected") throw carriedOn.reason;
      if (kept.status === "rejected") throw kept.reason;
      return result;
    },
  };
}

type Round = RepairDependencies & {
  result: RepairResult;
  /** Does the work of one notification, and lets a few of a round fail. */
  each: (workflowId: string, work: () => Promise<void>) => Promise<void>;
};

async function carryOn(deps: RepairDependencies, lastStartedAt: string | undefined, result: RepairResult) {
  const round: Round = { ...deps, result, each: forgivingSome(deps.log) };
  const since = lastStartedAt ?? result.startedAt;
  try {
    await repairOverdue(round);
    if (!(await repairBroken(round, new Date(Date.parse(since) - LOOK_BACK_MS)))) result.startedAt = since;
  } finally {
    deps.repaired(result);
    if (result.takenOver > 0) {
      deps.log.warn(result, "took over notifications whose workflows were lost");
      await deps.alarm.raise("workflows_lost", "repair", { takenOver: result.takenOver });
    }
  }
}

function forgivingSome(log: Logger): Round["each"] {
  let failures = 0;
  return async (workflowId, work) => {
    try {
      await work();
    } catch (error) {
      if (++failures > MAX_FAILURES) throw error;
      const why = { workflowId, error: reasonOf(error) };
      log.warn(why, "a notification could not be repaired: the next round tries again");
    }
  };
}

/** The sure way: whatever Temporal has forgotten, the rows have not. Those that there is no time for stay due. */
async function repairOverdue(round: Round): Promise<void> {
  const endAt = round.now().getTime() + LOOK_FOR_MS;
  let last: OverdueNotification | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const overdue: OverdueNotification[] = await round.repairs.overdue(last, PAGE);
    for (const notification of overdue) {
      if (round.now().getTime() > endAt) {
        round.log.warn("more notifications are overdue than a round of repair can look at");
        return;
      }
      round.result.looked++;
      await round.each(notification.workflowId, () => repairRow(round, notification));
    }
    last = overdue.at(-1) ?? null;
    if (overdue.length < PAGE) return;
  }
}

async function repairRow(round: Round, notification: OverdueNotification): Promise<void> {
  const { workflowId, notificationId, waits } = notification;
  const standing = await round.workflows.standingOf(workflowId);
  if (standing.now !== "running") return takeOver(round, notification, standing);
  await round.repairs.postpone(notificationId);
  // Moved to an earlier time by an API whose signal got lost, it would sleep on.
  if (waits) await round.workflows.wake(workflowId);
}

/**
 * The quick way, for what somebody ended in the Web UI: the row may not be due for hours.
 * @returns whether there was time for all of them
 */
async function repairBroken(round: Round, since: Date): Promise<boolean> {
  const endAt = round.now().getTime() + LOOK_FOR_MS;
  for await (const run of round.workflows.broken(since)) {
    if (round.now().getTime() > endAt) {
      round.log.warn({ since }, "more workflows are broken than a round of repair can look at");
      return false;
    }
    round.result.looked++;
    await round.each(run.workflowId, () => repairRun(round, run));
  }
  return true;
}

async function repairRun(round: Round, run: BrokenRun): Promise<void> {
  const { repairs, workflows, result, log } = round;
  const { workflowId } = run;
  const standing = await workflows.standingOf(workflowId);
  // Somebody has reset it, and its next run goes on.
  if (standing.now === "running") return;
  const key = notificationKeyOf(workflowId);
  if (key !== null && (await repairs.isClaimed(key))) return takeOver(round, { key, workflowId }, standing);
  // It has come to its end since, and the database has lost all about it.
  if (standing.now === "completed") return;
  // Lost before it was admitted: its own input says all there is to know.
  const input = await workflows.inputOf(run);
  if (input === null) {
    log.warn({ workflowId }, "a broken workflow's input cannot be read: nothing can be done for it");
    return;
  }
  const next = { ...input, generation: input.generation + 1 };
  if (await workflows.takeUp(next, input.request.channels ?? [])) result.takenOver++;
}

async function takeOver(
  round: Round,
  { key, workflowId }: Pick<LostOwner, "key" | "workflowId">,
  standing: Standing,
): Promise<void> {
  const completedRunId = standing.now === "completed" ? standing.firstRunId : null;
  const takeover = await round.repairs.takeOver({ key, workflowId, completedRunId }, CALL_MAY_LAST_MS);
  if (takeover === null) return;
  if (await round.workflows.takeUp(takeoverInput(takeover), takeover.channels)) round.result.takenOver++;
}

export type RepairActivities = ReturnType<typeof createRepair>;
