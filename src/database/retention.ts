import type pg from "pg";
import { firstIdAt } from "./first-id-at.ts";
import { inTransaction } from "./pool.ts";

export type Retention = ReturnType<typeof createRetention>;

/** Where a walk through old notifications has come to; null: at its beginning. */
export type Place = string | null;
export type Page = { removed: number; next: Place };

/** Of tables that are partitioned by month: when their rows were written, and whether they are of notifications. */
const BY_MONTH = [
  { table: "timeline_events", time: "at", ofNotifications: true },
  { table: "receipts", time: "received_at", ofNotifications: true },
  { table: "audit_events", time: "at", ofNotifications: false },
] as const;

/**
 * Removes what is older than it may get. Only what is final is touched; the row is locked, so that whoever brings it back
 * to life at that moment comes before or after. Event keys stay for good.
 */
export function createRetention(pool: pg.Pool) {
  return {
    /** The contents of at most `limit` notifications that have been final for so many days. Repeatable. */
    forgetContents: (days: number, after: Place, limit: number) =>
      walk("forget-contents", FORGET_CONTENTS, [days, after, limit]),

    /** The same of notifications themselves, with their deliveries, attempts and what is left of their contents. */
    forgetNotifications: (days: number, after: Place, limit: number) =>
      walk("forget-notifications", FORGET_NOTIFICATIONS, [days, after, limit]),

    /** At most `limit` of the events that were told, or not, more than so many days ago. @returns how many */
    async forgetEvents(days: number, limit: number): Promise<number> {
      const { rowCount } = await pool.query({ name: "forget-events", text: FORGET_EVENTS, values: [days, limit] });
      return rowCount ?? 0;
    },

    /**
     * Drops months of the timeline, of receipts and of the audit that ended so many days ago; the first two once no
     * notification is left that was admitted before their end. Where this role may not drop tables, and in the default partitions, at most `limit`
     * rows are deleted instead. Repeatable.
     * @returns how many months were dropped
     */
    async forgetMonths(days: number, limit: number): Promise<number> {
      let dropped = 0;
      for (const { table, time, ofNotifications } of BY_MONTH) {
        const { rows } = await pool.query<{ month: string }>(OLD_MONTHS, [table, days, ofNotifications]);
        for (const { month } of rows) {
          if (await drop(month)) dropped++;
          else await pool.query(deleteSome(month, "true"), [limit]);
        }
        const old = `${time} < now() - $2::int * interval '1 day' AND ($3 = false OR ${NONE_BEFORE(time)})`;
        await pool.query(deleteSome(`${table}_default`, old), [limit, days, ofNotifications]);
      }
      return dropped;
    },

    /**
     * At most `limit` of each: keys of receipts, once no notification that was admitted before them is left; erasures,
     * once none is left that was accepted before for that user; replays and alerts that were over so many days ago.
     * Repeatable.
     * @returns whether there may be more
     */
    async forgetRecords(days: number, limit: number): Promise<boolean> {
      let more = false;
      for (const { table, old } of RECORDS) {
        const { rowCount } = await pool.query(deleteSome(table, old), [limit, days]);
        more ||= rowCount === limit;
      }
      return more;
    },
  };

  async function walk(name: string, text: string, values: unknown[]): Promise<Page> {
    const { rows } = await pool.query<Page>({ name, text, values });
    return rows[0] ?? { removed: 0, next: null };
  }

  /** False where it may not be dropped, or is in use: the next round tries again. */
  async function drop(month: string): Promise<boolean> {
    try {
      await inTransaction(pool, async (connection) => {
        // Whoever writes waits behind this, so it must not wait long itself.
        await connection.query("SET LOCAL lock_timeout = '1s'");
        await connection.query(`DROP TABLE ${month}`);
      });
      return true;
    } catch (error) {
      if (NOT_NOW.has((error as { code?: string }).code ?? "")) return false;
      throw error;
    }
  }
}

/** insufficient_privilege and lock_not_available. */
const NOT_NOW: ReadonlySet<string> = new Set(["42501", "55P03"]);

/**
 * A page of `table` in the order of the notifications' ids, of what was admitted so long ago; then those of it that are
 * final for so long. Without an index on the time of the end, which every notification would pay for; those that wait
 * for their time are passed over again by each walk.
 */
const due = (table: string, id: string) => `
  WITH page AS MATERIALIZED (
    SELECT ${id} AS id FROM ${table}
    WHERE ${id} < ${firstIdAt("now() - $1::int * interval '1 day'")} AND ($2::uuid IS NULL OR ${id} > $2)
    ORDER BY ${id} LIMIT $3
  ), due AS MATERIALIZED (
    SELECT n.id FROM notifications n JOIN page ON page.id = n.id
    WHERE n.final_at < now() - $1::int * interval '1 day'
    ORDER BY n.id FOR UPDATE OF n SKIP LOCKED
  )`;

const progress = `
  SELECT (SELECT count(*) FROM removed)::int AS removed,
    (SELECT id FROM page WHERE (SELECT count(*) FROM page) = $3 ORDER BY id DESC LIMIT 1) AS next`;

const FORGET_CONTENTS = `${due("notification_contents", "notification_id")}, removed AS (
    DELETE FROM notification_contents c USING due WHERE c.notification_id = due.id RETURNING 1
  ) ${progress}`;

const FORGET_NOTIFICATIONS = `${due("notifications", "id")}, removed AS (
    DELETE FROM notifications n USING due WHERE n.id = due.id RETURNING 1
  ) ${progress}`;

const FORGET_EVENTS = `
  DELETE FROM outbound_events
  WHERE id = ANY (ARRAY(
    SELECT id FROM outbound_events WHERE occurred_at < now() - $1::int * interval '1 day'
    ORDER BY occurred_at LIMIT $2
  ))`;

/** No notification is left that was admitted before this time, so nobody can ask for what was written then. */
const NONE_BEFORE = (time: string) => `NOT EXISTS (SELECT FROM notifications n WHERE n.id < ${firstIdAt(time)})`;

const OLD_MONTHS = `
  SELECT quote_ident(name) AS month
  FROM (
    SELECT c.relname AS name,
      (to_date(right(c.relname, 7), 'YYYY"m"MM') + interval '1 month') AT TIME ZONE 'UTC' AS ends
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = to_regclass($1::text) AND c.relname ~ '_y[0-9]{4}m[0-9]{2}$'
  ) months
  WHERE ends < now() - $2::int * interval '1 day' AND ($3 = false OR ${NONE_BEFORE("ends")})
  ORDER BY name`;

const DAYS_AGO = "now() - $2::int * interval '1 day'";

/** Items before their replays, which would otherwise take them along, however many they are. */
const RECORDS = [
  { table: "receipt_keys", old: `received_at < ${DAYS_AGO} AND ${NONE_BEFORE("received_at")}` },
  { table: "replay_items", old: `replay_id IN (SELECT id FROM replays WHERE finished_at < ${DAYS_AGO})` },
  {
    table: "replays",
    old: `finished_at < ${DAYS_AGO} AND NOT EXISTS (SELECT FROM replay_items i WHERE i.replay_id = replays.id)`,
  },
  {
    table: "erasures",
    old: `cleared_at < ${DAYS_AGO} AND NOT EXISTS (
      SELECT FROM notifications n WHERE n.user_id = erasures.user_id AND n.accepted_at < erasures.at)`,
  },
  { table: "alerts", old: `recovered_at < ${DAYS_AGO}` },
];

const deleteSome = (table: string, condition: string) =>
  `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${condition} LIMIT $1))`;
