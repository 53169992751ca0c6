import type { Erasures } from "../database/erasures.ts";
import type { OutdatedClaims } from "../database/outdated-claims.ts";
import type { Receipts } from "../database/receipts.ts";
import type { Repairs } from "../database/repairs.ts";
import type { Replays } from "../database/replays.ts";
import type { Stats } from "../database/stats.ts";
import type { Logger } from "../observability/log.ts";
import { reasonOf } from "../observability/reason-of.ts";
import type { NotificationWorkflows } from "./notification-workflows.ts";

export type HousekeepingDependencies = {
  outdated: OutdatedClaims;
  erasures: Erasures;
  receipts: Pick<Receipts, "unsettled" | "settle">;
  stats: Pick<Stats, "fold">;
  replays: Pick<Replays, "unfinished">;
  repairs: Pick<Repairs, "ensurePartitions">;
  workflows: Pick<NotificationWorkflows, "startReplay">;
  /** Makes Temporal hold back what the rows of channels say, and nothing else. */
  restoreControls: () => Promise<void>;
  log: Logger;
  now: () => Date;
};

/** Of claims that nobody looks at any more, in one statement, and how many statements per run: more than a minute makes. */
const FORGET_AT_ONCE = 20_000;
const MAX_FORGETS = 10;
const FORGET_FOR_MS = 30_000;
/** Of counts, in one statement, and how many statements per run: more than a minute makes. */
const FOLD_AT_ONCE = 20_000;
const MAX_FOLDS = 50;
const CLEAR_FOR_MS = 30_000;
const MAX_RECEIPTS = 200;
const MAX_REPLAYS = 100;

/** What is done each minute, whoever is waiting. Each may be done again, and goes on where the last round has stopped. */
function choresOf(deps: HousekeepingDependencies): Record<string, () => Promise<void>> {
  return {
    restoreControls: deps.restoreControls,
    forgetClaims: () => forgetClaims(deps),
    clearErased: () => clearErased(deps),
    settleReceipts: () => settleReceipts(deps),
    foldStats: () => foldStats(deps),
    startReplays: () => startReplays(deps),
    ensurePartitions: () => ensurePartitions(deps),
  };
}

/**
 * Does all chores, whatever becomes of each.
 * @throws the first error, after all of them
 */
export async function keepHouse(deps: HousekeepingDependencies): Promise<void> {
  const errors: unknown[] = [];
  for (const [chore, run] of Object.entries(choresOf(deps))) {
    try {
      await run();
    } catch (error) {
      deps.log.warn({ chore, error: reasonOf(error) }, "a chore failed: the next round tries it again");
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

async function forgetClaims({ outdated, now }: HousekeepingDependencies): Promise<void> {
  const endAt = now().getTime() + FORGET_FOR_MS;
  for (let forgets = 0; forgets < MAX_FORGETS && now().getTime() < endAt; forgets++) {
    const { places, contents } = await outdated.forget(FORGET_AT_ONCE);
    if (places < FORGET_AT_ONCE && contents < FORGET_AT_ONCE) return;
  }
}

/** Whoever erases a user clears what was written to them as well, unless that is broken off. */
async function clearErased({ erasures, now }: HousekeepingDependencies): Promise<void> {
  const endAt = now().getTime() + CLEAR_FOR_MS;
  while (now().getTime() < endAt && (await erasures.clearPage(null)));
}

/** Those that came before their attempt could be found, and those whose process died between storing and settling. */
async function settleReceipts({ receipts }: HousekeepingDependencies): Promise<void> {
  for (const receipt of await receipts.unsettled(MAX_RECEIPTS)) await receipts.settle(receipt);
}

async function foldStats({ stats }: HousekeepingDependencies): Promise<void> {
  for (let folds = 0; folds < MAX_FOLDS; folds++) if ((await stats.fold(FOLD_AT_ONCE)) < FOLD_AT_ONCE) return;
}

/** Those that the API was about to start, or that Temporal has lost. */
async function startReplays({ replays, workflows }: HousekeepingDependencies): Promise<void> {
  for (const replayId of await replays.unfinished(MAX_REPLAYS)) await workflows.startReplay(replayId);
}

async function ensurePartitions({ repairs, log }: HousekeepingDependencies): Promise<void> {
  if (await repairs.ensurePartitions()) return;
  log.warn("this role may not make partitions: run the migration (node src/migrate.ts, or npm run migrate in a clone)");
}
