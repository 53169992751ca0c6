import type { Receipts } from "../database/receipts.ts";
import { OWN_SOURCE, ownEventKey, type ReceiptType } from "../domain/receipt.ts";
import type { ApiMetrics, EngagementKind } from "../observability/api-metrics.ts";
import type { Logger } from "../observability/log.ts";
import { traceOf } from "../observability/trace-of.ts";
import { fewAtOnce } from "./few-at-once.ts";

export type RecordDependencies = {
  receipts: Pick<Receipts, "store" | "settle">;
  metrics: Pick<ApiMetrics, "engagement">;
  log: Logger;
  databaseChecked: () => Promise<void>;
};

const RECEIPTS: Record<EngagementKind, ReceiptType> = {
  open: "opened",
  click: "clicked",
  push_acknowledged: "delivered",
  push_opened: "opened",
};

/** Readers wait no longer than this for what they get; what they did is stored all the same, once it can be. */
const READER_WAITS_MS = 2_000;

/** Of the process's connections to the database. */
const READERS_AT_ONCE = 5;

/** What more come while so many wait is lost, rather than kept without an end while the database is away. */
const MAX_WAITING = 1_000;

/**
 * Stores what a token of ours tells, as a receipt of this attempt, and lets it have its effect. Idempotency: the event's
 * key, one for each attempt and kind of receipt. Where we die in between, repair carries on.
 * @throws what the database throws
 */
export async function recordEngagement(
  { receipts, metrics, databaseChecked }: Omit<RecordDependencies, "log">,
  kind: EngagementKind,
  attemptId: string,
): Promise<void> {
  await databaseChecked();
  const type = RECEIPTS[kind];
  const nothing = { code: null, mark: null, occurredAt: null, providerMessageId: null };
  const stored = await receipts.store(OWN_SOURCE, [{ key: ownEventKey(type, attemptId), type, attemptId, ...nothing }]);
  for (const receipt of stored) await receipts.settle(receipt);
  metrics.engagement(kind, "taken");
}

/**
 * The same for readers, who wait for a page or a picture and know of no database: never throws, and ends soon. Few at
 * once, so that a mailing that thousands open together keeps nobody from sending.
 */
export function createReaderRecords(deps: RecordDependencies) {
  const inTurn = fewAtOnce({ atOnce: READERS_AT_ONCE, maxWaiting: MAX_WAITING });
  return async (kind: EngagementKind, attemptId: string): Promise<void> => {
    const recorded = inTurn(() => recordEngagement(deps, kind, attemptId)).catch((error: unknown) => {
      deps.metrics.engagement(kind, "lost");
      // The attempt, and never where a link leads.
      deps.log.warn({ kind, attemptId, ...traceOf(error) }, "an open or a click could not be stored");
    });
    const { promise: waited, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), READER_WAITS_MS);
    await Promise.race([recorded, waited]);
    clearTimeout(timer);
  };
}
