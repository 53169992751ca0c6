import type pg from "pg";
import type { Channel } from "../domain/channel.ts";
import type { NotificationStatus } from "../domain/status.ts";
import { type ClosedDelivery, type LedgerObserver, NOBODY } from "../observability/ledger-metrics.ts";
import { ATTEMPTED_OUTCOME, CLOSE_DELIVERIES, LOCKED_COUNTERS } from "./closing-sql.ts";
import { IS_DEAD_LETTER } from "./dead-letter-sql.ts";
import { GIVE_BACK } from "./give-back-sql.ts";
import { inTransaction } from "./pool.ts";

export type Cancellation = {
  result: "cancelled" | "too_late";
  status: NotificationStatus;
  stopped: { deliveryId: string; channel: Channel }[];
};

export type Cancellations = ReturnType<typeof createCancellations>;

/**
 * Cancels on the row that the gate of every attempt also locks, so the answer is the truth: after `cancelled` no
 * attempt opens, and after `too_late` nothing that had not begun does.
 */
export function createCancellations(pool: pg.Pool, observer: LedgerObserver = NOBODY) {
  return {
    /** Repeatable, with the same answer. Returns null where the notification has no row (yet). */
    async cancel(notificationId: string): Promise<Cancellation | null> {
      const closed: ClosedDelivery[] = [];
      const cancellation = await inTransaction(pool, async (connection) => {
        // The lock comes first, in a statement of its own, so that the next one sees every delivery as it is now.
        const locked = await connection.query("SELECT 1 FROM notifications WHERE id = $1 FOR UPDATE", [notificationId]);
        if (locked.rowCount === 0) return null;
        await connection.query({ name: "cancel-notification", text: CANCEL, values: [notificationId] });
        const stopped = await connection.query<ClosedDelivery>({
          name: "stop-deliveries",
          text: STOP_DELIVERIES,
          values: [notificationId],
        });
        closed.push(...stopped.rows);
        const { rows } = await connection.query<Cancellation>({
          name: "cancel-answer",
          text: ANSWER,
          values: [notificationId],
        });
        return rows[0] ?? null;
      });
      // Only now is it committed.
      closed.forEach(observer.deliveryClosed);
      return cancellation;
    },
  };
}

const CANCEL = `
  WITH requested AS (
    UPDATE notifications n SET cancelled_at = clock_timestamp()
    WHERE n.id = $1 AND n.final_at IS NULL AND n.cancelled_at IS NULL
      -- Without a delivery that could be closed below, this row is final now.
      AND n.open_count > 0
    RETURNING n.id
  ), unplanned AS (
    UPDATE notifications n
    SET cancelled_at = clock_timestamp(), status = o.status, skip_reason = 'cancelled',
        reason = CASE WHEN o.status <> 'sent' THEN 'cancelled' END, final_at = clock_timestamp(), next_action_at = NULL
    FROM (
      -- A replay that had not begun leaves what was attempted before it; of what else was attempted there is no record.
      SELECT id, CASE WHEN first_attempt_at IS NULL THEN 'cancelled' ${ATTEMPTED_OUTCOME} ELSE 'unknown' END AS status
      FROM notifications WHERE id = $1
    ) o
    WHERE n.id = o.id AND n.final_at IS NULL AND n.cancelled_at IS NULL AND n.open_count = 0
    RETURNING n.id, n.status, n.first_attempt_at IS NULL AS untouched
  ), buried AS (
    -- It is over, and is not to be sent again by a replay either.
    UPDATE notifications n SET cancelled_at = clock_timestamp()
    WHERE n.id = $1 AND n.final_at IS NOT NULL AND ${IS_DEAD_LETTER}
    RETURNING n.id
  ), finished AS (
    SELECT id, status, untouched FROM unplanned
  ), ${GIVE_BACK}
  INSERT INTO timeline_events (id, at, notification_id, type, detail)
  SELECT gen_random_uuid(), clock_timestamp(), id, 'cancel_requested', '{}'::jsonb
  FROM (SELECT id FROM requested UNION ALL SELECT id FROM unplanned UNION ALL SELECT id FROM buried) AS changed
  UNION ALL
  SELECT gen_random_uuid(), clock_timestamp() + interval '1 millisecond', id, 'finished',
    jsonb_build_object('status', status)
  FROM unplanned`;

const STOP_DELIVERIES = `
  WITH locked AS MATERIALIZED (
    SELECT ${LOCKED_COUNTERS}, d.id AS delivery_id
    FROM notifications n JOIN deliveries d ON d.notification_id = n.id
    WHERE n.id = $1 AND n.final_at IS NULL AND n.cancelled_at IS NOT NULL
      AND d.status IN ('pending', 'sending') AND d.open_attempt_id IS NULL
    FOR UPDATE OF d
  ), closing AS (
    SELECT delivery_id, notification_id, 'cancelled' AS status, 'cancelled' AS reason, NULL::text AS provider_message_id
    FROM locked
  ), ${CLOSE_DELIVERIES}
  SELECT channel, provider, status FROM closed`;

const ANSWER = `
  SELECT CASE WHEN n.first_attempt_at IS NULL THEN 'cancelled' ELSE 'too_late' END AS result, n.status,
    coalesce((
      SELECT jsonb_agg(jsonb_build_object('deliveryId', d.id, 'channel', d.channel) ORDER BY d.position)
      FROM deliveries d WHERE d.notification_id = n.id AND d.reason = 'cancelled'
    ), '[]') AS stopped
  FROM notifications n WHERE n.id = $1`;
