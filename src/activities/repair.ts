import type { OutdatedClaims } from "../database/outdated-claims.ts";
import type { Receipts } from "../database/receipts.ts";
import type { OverdueNotification, Repairs } from "../database/repairs.ts";
import type { Replays } from "../database/replays.ts";
import type { Stats } from "../database/stats.ts";
import { CHANNELS, type ChannelWord } from "../domain/channel.ts";
import { CHANNEL_POLICIES } from "../domain/retry-policy.ts";
import type { Logger } from "../observability/log.ts";
import type { RepairObserver } from "../observability/repair-metrics.ts";
import type { NotificationInput, RepairResult } from "../workflows/contract.ts";
import type { Alarm } from "./alarm.ts";
import { takeoverInput } from "./takeover-input.ts";

/** A notification's workflow that ended without a word: terminated, timed out or failed. */
export type BrokenWorkflow = {
  workflowId: string;
  /** Null where it cannot be read: its key is retired, or somebody started it by hand with something else. */
  input: NotificationInput | null;
};

/** What repair asks of Temporal. */
export type NotificationWorkflows = {
  isRunning(workflowId: string): Promise<boolean>;
  /** Makes it look at its row again; nothing where it has ended. */
  wake(workflowId: string): Promise<void>;
  /** Those that broke after this. */
  broken(since: Date): AsyncIterable<BrokenWorkflow>;
  /** Repeatable. False: the workflow exists already, which is the one that was meant. */
  takeUp(input: NotificationInput, channels: readonly ChannelWord[]): Promise<boolean>;
  /** Repeatable: one that runs goes on. */
  startReplay(replayId: string): Promise<void>;
};

export type RepairDependencies = {
  repairs: Repairs;
  outdated: OutdatedClaims;
  receipts: Receipts;
  stats: Pick<Stats, "fold">;
  replays: Pick<Replays, "unfinished">;
  workflows: NotificationWorkflows;
  /** Makes Temporal hold back what the rows of channels say, and nothing else. */
  restoreControls: () => Promise<void>;
  alarm: Alarm;
  log: Logger;
  repaired: RepairObserver;
  now: () => Date;
};

/** Temporal shows what ended with a delay, and a round may fail half-way. */
const LOOK_BACK_MS = 3_600_000;
/** For broken workflows, of a round; well within the time that Temporal gives it. */
const LOOK_FOR_MS = 120_000;
const PAGE = 200;
/** Per run; the next one goes on. */
const MAX_PAGES = 25;
/** Of claims that nobody looks at any more, in one statement, and how many statements per run: more than a minute makes. */
const FORGET_AT_ONCE = 20_000;
const MAX_FORGETS = 10;
const FORGET_FOR_MS = 30_000;
/** Of counts, in one statement, and how many statements per run: more than a minute makes. */
const FOLD_AT_ONCE = 20_000;
const MAX_FOLDS = 50;
const MAX_REPLAYS = 100;
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
      await repairOverdue(deps, result);
      await deps.restoreControls();
      await forgetClaims(deps);
      // Those that came before their attempt could be found, and those whose process died between storing and settling.
      for (const receipt of await deps.receipts.unsettled(PAGE)) await deps.receipts.settle(receipt);
      await foldStats(deps.stats);
      for (const replayId of await deps.replays.unfinished(MAX_REPLAYS)) await deps.workflows.startReplay(replayId);
      if (!(await deps.repairs.ensurePartitions()))
        deps.log.warn(
          "this role may not make partitions: run the migration (node src/migrate.ts, or npm run migrate in a clone)",
        );
      // Last, since there may be any number of them, and none of the above may wait for that.
      const since = lastStartedAt ?? startedAt;
      if (!(await repairBroken(deps, new Date(Date.parse(since) - LOOK_BACK_MS), result))) result.startedAt = since;
      deps.repaired(result);
      if (result.takenOver > 0) {
        deps.log.warn(result, "took over notifications whose workflows were lost");
        await deps.alarm.raise("workflows_lost", "repair", { takenOver: result.takenOver });
      }
      return result;
    },
  };
}

async function forgetClaims({ outdated, now }: Pick<RepairDependencies, "outdated" | "now">): Promise<void> {
  const endAt = now().getTime() + FORGET_FOR_MS;
  for (let forgets = 0; forgets < MAX_FORGETS && now().getTime() < endAt; forgets++) {
    const { places, contents } = await outdated.forget(FORGET_AT_ONCE);
    if (places < FORGET_AT_ONCE && contents < FORGET_AT_ONCE) return;
  }
}

async function foldStats(stats: Pick<Stats, "fold">): Promise<void> {
  for (let folds = 0; folds < MAX_FOLDS; folds++) if ((await stats.fold(FOLD_AT_ONCE)) < FOLD_AT_ONCE) return;
}

/**
 * The quick way, for what somebody ended in the Web UI: the row may not be due for hours.
 * @returns whether there was time for all of them
 */
async function repairBroken(deps: RepairDependencies, since: Date, result: RepairResult): Promise<boolean> {
  const endAt = deps.now().getTime() + LOOK_FOR_MS;
  for await (const { workflowId, input } of deps.workflows.broken(since)) {
    if (deps.now().getTime() > endAt) {
      deps.log.warn({ since }, "more workflows are broken than a round of repair can look at");
      return false;
    }
    result.looked++;
    if (input === null) {
      deps.log.warn({ workflowId }, "a broken workflow's input cannot be read: nothing can be done for it");
    } else if (await deps.repairs.isClaimed(input.key)) {
      await takeOver(deps, { key: input.key, workflowId }, result);
    } else if (await deps.workflows.takeUp(nextGeneration(input), input.request.channels ?? [])) {
      // Lost before it was admitted: its own input says all there is to know.
      result.takenOver++;
    }
  }
  return true;
}

function nextGeneration(input: NotificationInput): NotificationInput {
  return { ...input, generation: input.generation + 1 };
}

/** The sure way: whatever Temporal has forgotten, the rows have not. */
async function repairOverdue(deps: RepairDependencies, result: RepairResult): Promise<void> {
  let last: OverdueNotification | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const overdue: OverdueNotification[] = await deps.repairs.overdue(last, PAGE);
    for (const notification of overdue) {
      result.looked++;
      if (!(await deps.workflows.isRunning(notification.workflowId))) {
        await takeOver(deps, notification, result);
        continue;
      }
      await deps.repairs.postpone(notification.notificationId);
      // Moved to an earlier time by an API whose signal got lost, it would sleep on.
      if (notification.waits) await deps.workflows.wake(notification.workflowId);
    }
    last = overdue.at(-1) ?? null;
    if (overdue.length < PAGE) return;
  }
}

async function takeOver(
  deps: RepairDependencies,
  lost: Pick<OverdueNotification, "key" | "workflowId">,
  result: RepairResult,
): Promise<void> {
  const takeover = await deps.repairs.takeOver(lost, CALL_MAY_LAST_MS);
  if (takeover === null) return;
  if (await deps.workflows.takeUp(takeoverInput(takeover), takeover.channels)) result.takenOver++;
}

export type RepairActivities = ReturnType<typeof createRepair>;
