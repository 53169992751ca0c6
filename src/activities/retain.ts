import type { Page, Place, Retention } from "../database/retention.ts";
import type { Logger } from "../observability/log.ts";
import type { RetentionResult } from "../workflows/contract.ts";

export type RetainDependencies = {
  retention: Retention;
  /** How many days after their end; null: for good. */
  contentDays: number | null;
  metadataDays: number | null;
  /** Milliseconds of a clock that never jumps. */
  monotonicNow: () => number;
  log: Logger;
};

/** Well within the time that a statement may take, also where all of a notification goes. */
const CONTENTS_AT_ONCE = 1_000;
const NOTIFICATIONS_AT_ONCE = 500;
const ROWS_AT_ONCE = 20_000;
const EVENTS_AT_ONCE = 5_000;
/** Outbound events are kept so long, in days: what is replayed later than that helps nobody. */
const EVENT_DAYS = 30;
/** Until when a run forgets each kind, in milliseconds since its beginning; the next run goes on. */
const EVENTS_UNTIL_MS = 5 * 60_000;
const CONTENTS_UNTIL_MS = 20 * 60_000;
const NOTIFICATIONS_UNTIL_MS = 35 * 60_000;
const RECORDS_UNTIL_MS = 40 * 60_000;

export type RetainActivities = ReturnType<typeof createRetain>;

/** Forgets what is older than it may get: contents first, and all the rest of a notification later. */
export function createRetain({ retention, contentDays, metadataDays, monotonicNow, log }: RetainDependencies) {
  return {
    /** One round. Idempotency: what was removed before is not there any more; each page is a statement of its own. */
    async retain(): Promise<RetentionResult> {
      const result = { contents: 0, notifications: 0, months: 0, events: 0 };
      const startedAt = monotonicNow();
      const left: string[] = [];
      const forget = async (kind: string, untilMs: number, step: Step): Promise<number> => {
        const { removed, isDone } = await repeat(() => monotonicNow() - startedAt < untilMs, step);
        if (!isDone) left.push(kind);
        return removed;
      };
      result.events = await forget("events", EVENTS_UNTIL_MS, events(retention, metadataDays));
      if (contentDays !== null) {
        const page = (after: Place) => retention.forgetContents(contentDays, after, CONTENTS_AT_ONCE);
        result.contents = await forget("contents", CONTENTS_UNTIL_MS, pages(page));
      }
      if (metadataDays !== null) {
        const page = (after: Place) => retention.forgetNotifications(metadataDays, after, NOTIFICATIONS_AT_ONCE);
        result.notifications = await forget("notifications", NOTIFICATIONS_UNTIL_MS, pages(page));
        result.months = await retention.forgetMonths(metadataDays, ROWS_AT_ONCE);
        await forget("records", RECORDS_UNTIL_MS, records(retention, metadataDays));
      }
      log.info(result, "removed what was past its retention");
      if (left.length > 0) log.warn({ left }, "there is more to remove than one run has time for");
      return result;
    },
  };
}

type Step = () => Promise<{ removed: number; more: boolean }>;

/** At least once, and again while there is more to do and time for it. */
async function repeat(hasTime: () => boolean, step: Step): Promise<{ removed: number; isDone: boolean }> {
  let removed = 0;
  for (;;) {
    const { removed: some, more } = await step();
    removed += some;
    if (!more || !hasTime()) return { removed, isDone: !more };
  }
}

function events(retention: Retention, metadataDays: number | null): Step {
  return async () => {
    const removed = await retention.forgetEvents(Math.min(EVENT_DAYS, metadataDays ?? EVENT_DAYS), EVENTS_AT_ONCE);
    return { removed, more: removed === EVENTS_AT_ONCE };
  };
}

function records(retention: Retention, days: number): Step {
  return async () => ({ removed: 0, more: await retention.forgetRecords(days, ROWS_AT_ONCE) });
}

function pages(page: (after: Place) => Promise<Page>): Step {
  let after: Place = null;
  return async () => {
    const { removed, next } = await page(after);
    after = next;
    return { removed, more: next !== null };
  };
}
