import type pg from "pg";
import { CLOSE_DELIVERIES, LOCKED_COUNTERS } from "./closing-sql.ts";
import { HAS_FAILED, isRepeatable } from "./dead-letter-sql.ts";

/**
 * Notes that a notification may have been sent, although its rows know of no attempt: what they knew was lost, as when
 * the database is set back to an earlier state. What is open counts as attempted from here on, and is a possible
 * duplicate where it is sent; at most once, it ends `unknown`. What a replay was to send again, and has perhaps, did not
 * fail for certain any more. Nothing where it is final, or another generation's.
 * Repeatable; in a transaction of the caller, who holds the notification's row.
 */
export async function doubtRecord(
  connection: pg.PoolClient,
  notificationId: string,
  generation: number,
): Promise<void> {
  await connection.query({ name: "doubt-record", text: DOUBT, values: [notificationId, generation] });
  await connection.query({ name: "doubt-replay", text: DOUBT_REPLAY, values: [notificationId, generation] });
  await connection.query({ name: "end-doubted", text: END_DOUBTED, values: [notificationId, generation] });
}

const DOUBT = `
  WITH doubted AS (
    UPDATE notifications SET first_attempt_at = coalesce(first_attempt_at, clock_timestamp())
    WHERE id = $1 AND generation = $2 AND final_at IS NULL
    RETURNING id
  )
  UPDATE deliveries d SET possible_duplicate = true, record_lost = true
  FROM doubted n
  WHERE d.notification_id = n.id AND d.status IN ('pending', 'sending')`;

// Nothing is open: what the replay comes to is yet to be decided, for all that is known here.
const DOUBT_REPLAY = `
  WITH before AS MATERIALIZED (
    SELECT d.id, d.position, d.status = 'unknown' AS unknown, d.reason, ${HAS_FAILED} AS failed,
      ${isRepeatable("n.replay_accepts_duplicate")} AS repeatable
    FROM notifications n JOIN deliveries d ON d.notification_id = n.id
    WHERE n.id = $1 AND n.generation = $2 AND n.final_at IS NULL AND n.open_count = 0
      AND n.replay_generation IS NOT NULL
  ), doubted AS (
    UPDATE deliveries d
    SET status = 'unknown', reason = CASE WHEN b.unknown THEN d.reason ELSE 'record_lost' END,
        possible_duplicate = true, record_lost = true
    FROM before b
    WHERE d.id = b.id AND b.repeatable
    RETURNING d.id, d.channel, d.position, b.unknown
  ), counted AS (
    UPDATE notifications n
    SET failed_count = n.failed_count - t.moved, unknown_count = n.unknown_count + t.moved, fail_reason = t.fail_reason
    FROM (
      SELECT (count(*) FILTER (WHERE repeatable AND NOT unknown))::int AS moved,
        (array_agg(CASE WHEN repeatable AND NOT unknown THEN 'record_lost' ELSE reason END ORDER BY position)
          FILTER (WHERE failed))[1] AS fail_reason
      FROM before
    ) t
    WHERE n.id = $1 AND t.moved > 0
  )
  INSERT INTO timeline_events (id, at, notification_id, delivery_id, type, channel, detail)
  SELECT gen_random_uuid(), clock_timestamp() + position * interval '1 microsecond', $1, id, 'delivery_closed', channel,
    '{"status": "unknown", "reason": "record_lost"}'
  FROM doubted WHERE NOT unknown`;

const END_DOUBTED = `
  WITH locked AS MATERIALIZED (
    SELECT ${LOCKED_COUNTERS}, d.id AS delivery_id
    FROM notifications n JOIN deliveries d ON d.notification_id = n.id
    WHERE n.id = $1 AND n.generation = $2 AND n.guarantee = 'at_most_once' AND n.final_at IS NULL
      AND d.status IN ('pending', 'sending') AND d.open_attempt_id IS NULL
    FOR UPDATE OF n, d
  ), closing AS (
    SELECT delivery_id, notification_id, 'unknown' AS status, 'record_lost' AS reason, NULL::text AS provider_message_id
    FROM locked
  ), ${CLOSE_DELIVERIES}
  SELECT 1 FROM closed`;
