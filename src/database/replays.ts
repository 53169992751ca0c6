import type pg from "pg";
import type { z } from "zod";
import type { Actor } from "../domain/audit.ts";
import { type DeadLetterFilter, deadLetterFilterOf, deadLetterFilterSchema } from "../domain/dead-letter-filter.ts";
import type { ReplayRefusal, ReplayStatus } from "../domain/replay.ts";
import { audited } from "./audited.ts";
import { filterValues, matchesFilter } from "./dead-letter-sql.ts";

export type NewReplay = {
  replayId: string;
  clientId: string;
  /** What is named (`others`: how many more ids, of nothing that this client has), or what dead letters must be like. */
  selection:
    | { eventIds: readonly string[]; others: number }
    | { filter: z.input<typeof deadLetterFilterSchema> }
    | { all: true };
  ratePerSecond: number;
  acceptDuplicate: boolean;
  expiresAt: Date | null;
};

export type ReplayView = {
  replayId: string;
  status: ReplayStatus;
  selection: Record<string, unknown>;
  ratePerSecond: number;
  acceptDuplicate: boolean;
  expiresAt: Date | null;
  createdAt: Date;
  finishedAt: Date | null;
  /** Whether all items are known yet. */
  collected: boolean;
  replayed: number;
  pending: number;
  refusedBy: Partial<Record<ReplayRefusal, number>>;
  /** Some of those that were refused. */
  refused: { eventId: string; reason: ReplayRefusal }[];
};

/** What a page of a replay goes by. */
export type ReplayWork = { ratePerSecond: number; collected: boolean; filter: DeadLetterFilter };

export type Replays = ReturnType<typeof createReplays>;

/** Requests to send dead letters again, with their items and what became of each. */
export function createReplays(pool: pg.Pool) {
  return {
    /**
     * Written, it is carried out for certain: a workflow that was never started is started by repair. False where there
     * is no such client.
     */
    create({ selection, ...replay }: NewReplay, by: Actor): Promise<boolean> {
      return audited(pool, by, async (connection) => {
        const created = await connection.query(CREATE, [
          replay.replayId,
          replay.clientId,
          JSON.stringify("others" in selection ? { ids: selection.eventIds.length + selection.others } : selection),
          replay.ratePerSecond,
          replay.acceptDuplicate,
          replay.expiresAt,
        ]);
        if (created.rowCount === 0) return false;
        if ("others" in selection) {
          const { eventIds, others } = selection;
          await connection.query(NAME_ITEMS, [replay.replayId, replay.clientId, eventIds, others]);
        }
        return true;
      });
    },

    /** Null where there is no such replay of this client. */
    async view(clientId: string, replayId: string): Promise<ReplayView | null> {
      const { rows } = await pool.query<ReplayView>({ name: "view-replay", text: VIEW, values: [replayId, clientId] });
      return rows[0] ?? null;
    },

    /**
     * Stops it: once this has returned, no further item is taken. False where there is no such replay of this client;
     * one that is over stays as it is.
     */
    async cancel(clientId: string, replayId: string, by: Actor): Promise<boolean> {
      const { rowCount } = await audited(pool, by, (connection) =>
        connection.query({ name: "cancel-replay", text: CANCEL, values: [replayId, clientId] }),
      );
      return rowCount === 1;
    },

    /** Null where there is nothing to do (any more). */
    async work(replayId: string): Promise<ReplayWork | null> {
      const { rows } = await pool.query<Omit<ReplayWork, "filter"> & { filter: unknown }>({
        name: "replay-work",
        text: `SELECT rate_per_second AS "ratePerSecond", collected_at IS NOT NULL AS collected,
                 coalesce(selection -> 'filter', '{}') AS filter
               FROM replays WHERE id = $1 AND finished_at IS NULL`,
        values: [replayId],
      });
      const [row] = rows;
      return row === undefined
        ? null
        : { ...row, filter: deadLetterFilterOf(deadLetterFilterSchema.parse(row.filter)) };
    },

    /**
     * Notes a page of the dead letters that were there when the replay was asked for, and match it. Repeatable: an item
     * is noted once. `after` is what the page before returned; null, with the last page noted.
     */
    async collect(replayId: string, filter: DeadLetterFilter, after: string | null): Promise<string | null> {
      const { rows } = await pool.query<{ last: string | null }>({
        name: "collect-replay",
        text: COLLECT,
        values: [replayId, ...filterValues(filter), after],
      });
      return rows[0]?.last ?? null;
    },

    async collected(replayId: string): Promise<void> {
      await pool.query("UPDATE replays SET collected_at = clock_timestamp() WHERE id = $1 AND collected_at IS NULL", [
        replayId,
      ]);
    },

    /** Items whose turn has not come, some of them. */
    async left(replayId: string, limit: number): Promise<string[]> {
      const { rows } = await pool.query<{ id: string }>({
        name: "replay-items-left",
        text: `SELECT notification_id AS id FROM replay_items WHERE replay_id = $1 AND result IS NULL
               ORDER BY notification_id LIMIT $2`,
        values: [replayId, limit],
      });
      return rows.map(({ id }) => id);
    },

    async finish(replayId: string): Promise<void> {
      await pool.query(
        `UPDATE replays SET finished_at = clock_timestamp()
         WHERE id = $1 AND finished_at IS NULL AND collected_at IS NOT NULL
           AND NOT EXISTS (SELECT FROM replay_items WHERE replay_id = $1 AND result IS NULL)`,
        [replayId],
      );
    },

    /** Those that somebody has to carry on, the oldest first. */
    async unfinished(limit: number): Promise<string[]> {
      const { rows } = await pool.query<{ id: string }>(
        "SELECT id FROM replays WHERE finished_at IS NULL ORDER BY created_at LIMIT $1",
        [limit],
      );
      return rows.map(({ id }) => id);
    },
  };
}

const CREATE = `
  INSERT INTO replays (id, client_id, selection, rate_per_second, accept_duplicate, expires_at, created_at)
  SELECT $1, id, $3, $4, $5, $6, clock_timestamp() FROM clients WHERE id = $2`;

const NAME_ITEMS = `
  WITH named AS (
    SELECT DISTINCT unnest($3::text[]) AS event_id
  ), items AS (
    INSERT INTO replay_items (replay_id, notification_id)
    SELECT $1, k.notification_id
    FROM named
    JOIN event_keys k ON k.client_id = $2 AND k.event_id = named.event_id
    -- Keys are kept for good; what retention has deleted is not found.
    JOIN notifications n ON n.id = k.notification_id
    RETURNING notification_id
  )
  UPDATE replays
  SET collected_at = created_at, not_found = $4::int + (SELECT count(*) FROM named) - (SELECT count(*) FROM items)
  WHERE id = $1`;

const COLLECTED_AT_ONCE = 10_000;

// $1 is the replay.
const COLLECT = `
  WITH page AS MATERIALIZED (
    SELECT n.final_at, n.id
    FROM replays r JOIN notifications n ON ${matchesFilter("r.client_id")}
    WHERE r.id = $1 AND r.finished_at IS NULL AND n.final_at <= r.created_at
      AND (n.final_at, n.id) > (
        coalesce(split_part($7::text, '|', 1)::timestamptz, '-infinity'),
        coalesce(split_part($7, '|', 2)::uuid, '00000000-0000-0000-0000-000000000000'))
    ORDER BY n.final_at, n.id LIMIT ${COLLECTED_AT_ONCE}
  ), items AS (
    INSERT INTO replay_items (replay_id, notification_id) SELECT $1, id FROM page ON CONFLICT DO NOTHING
  )
  SELECT final_at || '|' || id AS last FROM page ORDER BY final_at DESC, id DESC LIMIT 1`;

const CANCEL = `
  UPDATE replays
  SET cancelled_at = CASE WHEN finished_at IS NULL THEN clock_timestamp() ELSE cancelled_at END,
      finished_at = coalesce(finished_at, clock_timestamp())
  WHERE id = $1 AND client_id = $2`;

const REFUSED_SHOWN = 100;

const VIEW = `
  SELECT r.id AS "replayId", r.selection, r.rate_per_second AS "ratePerSecond",
    r.accept_duplicate AS "acceptDuplicate", r.expires_at AS "expiresAt", r.created_at AS "createdAt",
    r.finished_at AS "finishedAt", r.collected_at IS NOT NULL AS collected,
    CASE WHEN r.cancelled_at IS NOT NULL THEN 'cancelled' WHEN r.finished_at IS NULL THEN 'running'
      ELSE 'finished' END AS status,
    coalesce((counts.by_result ->> 'replayed')::int, 0) AS replayed,
    coalesce((counts.by_result ->> 'pending')::int, 0) AS pending,
    counts.by_result - 'replayed' - 'pending'
      || CASE WHEN r.not_found > 0 THEN jsonb_build_object('not_found', r.not_found) ELSE '{}' END AS "refusedBy",
    coalesce((
      SELECT jsonb_agg(jsonb_build_object('eventId', shown.event_id, 'reason', shown.result))
      FROM (
        SELECT k.event_id, i.result
        FROM replay_items i JOIN event_keys k ON k.notification_id = i.notification_id
        WHERE i.replay_id = r.id AND i.result <> 'replayed'
        ORDER BY i.notification_id LIMIT ${REFUSED_SHOWN}
      ) shown
    ), '[]') AS refused
  FROM replays r
  CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_object_agg(result, items), '{}') AS by_result
    FROM (
      SELECT coalesce(i.result, 'pending') AS result, count(*) AS items
      FROM replay_items i WHERE i.replay_id = r.id GROUP BY 1
    ) grouped
  ) counts
  WHERE r.id = $1 AND r.client_id = $2`;
