import type { Page, Place, Retention } from "../database/retention.ts";
import type { Logger } from "../observability/log.ts";
import type { RetentionResult } from "../workflows/contract.ts";

export type RetainDependencies = {
  retention: Retention;
  /** How many days after their end; null: for good. */
  contentDays: number | null;
  metadataDays: number | null;
  log: Logger;
};

/** Well within the time that a statement may take, also where all of a notification goes. */
const CONTENTS_AT_ONCE = 1_000;
const NOTIFICATIONS_AT_ONCE = 500;
const ROWS_AT_ONCE = 20_000;
const EVENTS_AT_ONCE = 5_000;
/** Outbound events are kept so long, in days: what is replayed later than that helps nobody. */
const EVENT_DAYS = 30;
/** Per run; the next one goes on. */
const MAX_PAGES = 1_000;

export type RetainActivities = ReturnType<typeof createRetain>;

/** Forgets what is older than it may get: contents first, and all the rest of a notification later. */
export function createRetain({ retention, contentDays, metadataDays, log }: RetainDependencies) {
  return {
    /** One round. Idempotency: what was removed before is not there any more; each page is a statement of its own. */
    async retain(): Promise<RetentionResult> {
      const result = { contents: 0, notifications: 0, months: 0, events: 0 };
      result.events = await forgetEvents(retention, Math.min(EVENT_DAYS, metadataDays ?? EVENT_DAYS));
      if (contentDays !== null) {
        result.contents = await walk((after) => retention.forgetContents(contentDays, after, CONTENTS_AT_ONCE));
      }
      if (metadataDays !== null) {
        const page = (after: Place) => retention.forgetNotifications(metadataDays, after, NOTIFICATIONS_AT_ONCE);
        result.notifications = await walk(page);
        result.months = await retention.forgetMonths(metadataDays, ROWS_AT_ONCE);
        for (let page = 0; page < MAX_PAGES && (await retention.forgetRecords(metadataDays, ROWS_AT_ONCE)); page++);
      }
      log.info(result, "forgot what was older than it may get");
      return result;
    },
  };
}

async function forgetEvents(retention: Retention, days: number): Promise<number> {
  let forgotten = 0;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const some = await retention.forgetEvents(days, EVENTS_AT_ONCE);
    forgotten += some;
    if (some < EVENTS_AT_ONCE) break;
  }
  return forgotten;
}

async function walk(page: (after: Place) => Promise<Page>): Promise<number> {
  let removed = 0;
  let after: Place = null;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const { removed: some, next }: Page = await page(after);
    removed += some;
    if (next === null) break;
    after = next;
  }
  return removed;
}
