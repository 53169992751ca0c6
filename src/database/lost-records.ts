import type pg from "pg";
import { CLOSE_DELIVERIES, LOCKED_COUNTERS } from "./closing-sql.ts";

/**
 * Notes that a notification may have been sent, although its rows know of no attempt: what they knew was lost, as when
 * the database is set back to an earlier state. What is open counts as attempted from here on, and is a possible
 * duplicate where it is sent; at most once, it ends `unknown`. Nothing where it is final, or another generation's.
 * Repeatable; in a transaction of the caller, who holds the notification's row.
 */
export async function doubtRecord(
  connection: pg.PoolClient,
  notificationId: string,
  generation: number,
): Promise<void> {
  await connection.query({ name: "doubt-record", text: DOUBT, values: [notificationId, generation] });
  await connection.query({ name: "end-doubted", text: END_DOUBTED, values: [notificationId, generation] });
}

const DOUBT = `
  WITH doubted AS (
    UPDATE notifications SET first_attempt_at = coalesce(first_attempt_at, clock_timestamp())
    WHERE id = $1 AND generation = $2 AND final_at IS NULL
    RETURNING id
  )
  UPDATE deliveries d SET possible_duplicate = true
  FROM doubted n
  WHERE d.notification_id = n.id AND d.status IN ('pending', 'sending')`;

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
