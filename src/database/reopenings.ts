import type pg from "pg";
import type { ReplayRefusal } from "../domain/replay.ts";
import { HAS_FAILED, IS_DEAD_LETTER, isRepeatable } from "./dead-letter-sql.ts";
import { ATTENTION_AFTER } from "./planned-deliveries.ts";
import { inTransaction } from "./pool.ts";
import { type Takeover, TAKEOVER_COLUMNS, takeoverSchema } from "./takeovers.ts";

/** `taken`: this item was dealt with before, or the replay was cancelled. */
export type Reopening = { result: "replayed"; takeover: Takeover } | { result: ReplayRefusal } | { result: "taken" };

export type Reopenings = ReturnType<typeof createReopenings>;

/**
 * The only way back: a notification that has failed is accepted again, as a new generation. Of any number of replays
 * one gets it.
 */
export function createReopenings(pool: pg.Pool) {
  return {
    /**
     * Deals with one item of a replay for good, and notes with it what became of it: so it is counted once, however
     * often this runs. Which deliveries are sent again is decided by the workflow that takes it up.
     */
    reopen(replayId: string, notificationId: string): Promise<Reopening> {
      return inTransaction(pool, async (connection) => {
        // A cancel waits for this lock, and afterwards nothing is taken. Replays themselves do not wait for each other.
        const replay = await connection.query({ name: "lock-replay", text: LOCK_REPLAY, values: [replayId] });
        if (replay.rowCount === 0) return { result: "taken" };
        // The locks come first, in a statement of their own, so that the next one sees what was committed by then.
        const locked = await connection.query({
          name: "lock-replay-item",
          text: LOCK_ITEM,
          values: [replayId, notificationId],
        });
        if (locked.rowCount === 0) {
          const gone = await connection.query({
            name: "replay-item-gone",
            text: ITEM_GONE,
            values: [replayId, notificationId],
          });
          return { result: gone.rowCount === 1 ? "content_gone" : "taken" };
        }
        const { rows } = await connection.query<{ result: ReplayRefusal | "replayed"; takeover: unknown }>({
          name: "reopen",
          text: REOPEN,
          values: [replayId, notificationId],
        });
        const [row] = rows;
        if (row === undefined) throw new Error("an item of a replay is gone right after it was locked");
        return row.result === "replayed"
          ? { result: row.result, takeover: takeoverSchema.parse(row.takeover) }
          : { result: row.result };
      });
    },
  };
}

const LOCK_REPLAY = "SELECT 1 FROM replays WHERE id = $1 AND finished_at IS NULL FOR SHARE";

const LOCK_ITEM = `
  SELECT 1 FROM replay_items i
  JOIN event_keys k ON k.notification_id = i.notification_id
  JOIN notifications n ON n.id = i.notification_id
  WHERE i.replay_id = $1 AND i.notification_id = $2 AND i.result IS NULL
  FOR UPDATE OF i, k, n`;

// Retention has deleted the notification since the item was noted.
const ITEM_GONE = `
  UPDATE replay_items SET result = 'content_gone', done_at = clock_timestamp()
  WHERE replay_id = $1 AND notification_id = $2 AND result IS NULL
    AND NOT EXISTS (SELECT FROM notifications WHERE id = $2)`;

const ACCEPTS_DUPLICATE = "r.accept_duplicate";

const REOPEN = `
  WITH item AS MATERIALIZED (
    SELECT n.id, n.status, n.reason, k.client_id, k.event_id, k.generation + 1 AS generation, r.accept_duplicate,
      'ntr:' || (k.generation + 1) || ':' || k.client_id || ':' || k.event_id AS workflow_id,
      coalesce(r.expires_at, (c.request ->> 'expiresAt')::timestamptz,
        clock_timestamp() + category.expires_after_ms * interval '1 millisecond') AS expires_at,
      CASE
        WHEN n.final_at IS NULL OR n.final_at > r.created_at THEN
          CASE WHEN n.replay_generation IS NULL THEN 'not_final' ELSE 'already_replayed' END
        WHEN n.cancelled_at IS NOT NULL THEN 'cancelled'
        WHEN n.status = 'sent' THEN 'delivered'
        WHEN NOT (${IS_DEAD_LETTER}) THEN 'not_failed'
        WHEN c.notification_id IS NULL THEN 'content_gone'
        WHEN NOT EXISTS (
          SELECT FROM deliveries d WHERE d.notification_id = n.id AND ${isRepeatable(ACCEPTS_DUPLICATE)}
        ) THEN CASE WHEN EXISTS (
            SELECT FROM deliveries d WHERE d.notification_id = n.id AND ${HAS_FAILED}
          ) THEN 'accept_duplicate_needed' ELSE 'nothing_to_repeat' END
        WHEN r.expires_at IS NULL AND (c.request ->> 'expiresAt')::timestamptz <= clock_timestamp() THEN 'expired'
        ELSE 'replayed' END AS result
    FROM replays r
    JOIN notifications n ON n.id = $2
    JOIN event_keys k ON k.notification_id = n.id
    JOIN categories category ON category.id = n.category_id
    LEFT JOIN notification_contents c ON c.notification_id = n.id
    WHERE r.id = $1
  ), noted AS (
    UPDATE replay_items i SET result = item.result, done_at = clock_timestamp()
    FROM item WHERE i.replay_id = $1 AND i.notification_id = item.id
  ), taken_key AS (
    UPDATE event_keys k SET generation = o.generation, owner_workflow_id = o.workflow_id, owner_first_run_id = ''
    FROM item o
    WHERE k.client_id = o.client_id AND k.event_id = o.event_id AND o.result = 'replayed'
    RETURNING k.client_id, k.event_id, k.generation, k.body_hash
  ), taken AS (
    UPDATE notifications n
    SET generation = o.generation, workflow_id = o.workflow_id, status = 'accepted', reason = NULL, final_at = NULL,
        expires_at = o.expires_at, replay_generation = o.generation, replay_accepts_duplicate = o.accept_duplicate,
        next_action_at = clock_timestamp() + ${ATTENTION_AFTER}
    FROM item o
    WHERE n.id = o.id AND o.result = 'replayed'
    RETURNING n.id, n.accepted_at
  ), event AS (
    INSERT INTO timeline_events (id, at, notification_id, type, detail)
    SELECT gen_random_uuid(), clock_timestamp(), id, 'replayed', jsonb_strip_nulls(jsonb_build_object(
      'replayId', $1::uuid, 'workflowId', workflow_id, 'status', status, 'reason', reason))
    FROM item WHERE result = 'replayed'
  )
  SELECT item.result, CASE WHEN t.id IS NOT NULL THEN ${TAKEOVER_COLUMNS} END AS takeover
  FROM item
  LEFT JOIN taken_key k ON true
  LEFT JOIN taken t ON true
  LEFT JOIN notification_contents c ON c.notification_id = t.id`;
