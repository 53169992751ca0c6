import type { Reopenings } from "../database/reopenings.ts";
import type { Replays } from "../database/replays.ts";
import type { DeadLetterFilter } from "../domain/dead-letter-filter.ts";
import type { ReplayInput, ReplayPage } from "../workflows/contract.ts";
import type { NotificationWorkflows } from "./notification-workflows.ts";
import { takeoverInput } from "./takeover-input.ts";

export type ReplayDependencies = {
  replays: Replays;
  reopenings: Reopenings;
  workflows: Pick<NotificationWorkflows, "takeUp">;
  /** Milliseconds of a clock that never jumps. */
  monotonicNow: () => number;
  delay: (ms: number) => Promise<unknown>;
};

/** What a page is to take at the replay's rate, in milliseconds. */
const PAGE_MS = 5_000;
const MAX_ITEMS = 500;
/** Items under way at once: one takes a few milliseconds of the database and of Temporal each. */
const AT_ONCE = 8;
/** A longer wait than this is the workflow's, which needs no worker's slot for it. */
const WAIT_HERE_MS = 1_000;

export function createReplay(deps: ReplayDependencies) {
  return {
    /**
     * Deals with the next items, each at its time. Idempotency: an item is dealt with once, in the transaction that
     * notes its result. Dying after that and before its workflow is started leaves a notification that nobody carries
     * on, which repair hands to another workflow within a minute or two.
     */
    async replayPage({ replayId }: ReplayInput): Promise<ReplayPage> {
      const work = await deps.replays.work(replayId);
      if (work === null) return { done: true, waitMs: 0 };
      if (!work.collected) await collect(deps, replayId, work.filter);
      const everyMs = 1_000 / work.ratePerSecond;
      const items = await deps.replays.left(replayId, Math.min(Math.max(Math.round(PAGE_MS / everyMs), 1), MAX_ITEMS));
      if (items.length === 0) {
        await deps.replays.finish(replayId);
        return { done: true, waitMs: 0 };
      }
      const startedAt = deps.monotonicNow();
      const untilTurnOf = (index: number) => startedAt + index * everyMs - deps.monotonicNow();
      await eachInTurn(items, async (notificationId, index) => {
        const waitMs = untilTurnOf(index);
        if (waitMs > 0) await deps.delay(waitMs);
        await replayOne(deps, replayId, notificationId);
      });
      const waitMs = Math.max(0, Math.round(untilTurnOf(items.length)));
      if (waitMs > WAIT_HERE_MS) return { done: false, waitMs };
      await deps.delay(waitMs);
      return { done: false, waitMs: 0 };
    },
  };
}

async function collect({ replays }: ReplayDependencies, replayId: string, filter: DeadLetterFilter): Promise<void> {
  let last: string | null = null;
  do last = await replays.collect(replayId, filter, last);
  while (last !== null);
  await replays.collected(replayId);
}

async function replayOne(deps: ReplayDependencies, replayId: string, notificationId: string): Promise<void> {
  const reopening = await deps.reopenings.reopen(replayId, notificationId);
  if (!("takeover" in reopening)) return;
  await deps.workflows.takeUp(takeoverInput(reopening.takeover), reopening.takeover.channels);
}

/** Runs `work` on the items in their order, a few at once. Where one fails, the others are let finish. */
async function eachInTurn<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  const entries = items.entries();
  const worker = async () => {
    for (const [index, item] of entries) await work(item, index);
  };
  const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  const failure = results.find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

export type ReplayActivities = ReturnType<typeof createReplay>;
