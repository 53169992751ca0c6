import type pg from "pg";
import type { NotificationStatus } from "../domain/status.ts";
import { ATTENTION_AFTER } from "./planned-deliveries.ts";
import { inTransaction } from "./pool.ts";

export type Reschedule = { result: "rescheduled" | "too_late" | "after_expiry"; status: NotificationStatus };

export type Reschedules = ReturnType<typeof createReschedules>;

/**
 * Moves a notification that waits to another time, on the row that every decision locks: after `rescheduled` it is not
 * sent before the new time.
 */
export function createReschedules(pool: pg.Pool) {
  return {
    /**
     * Repeatable, with the same answer as long as it waits. An `expiresAt` of the request stands, and so does the expiry of
     * a replay; one that the category gives is counted anew from the new time, or from now where that has passed. Null
     * where the notification has no row (yet).
     */
    reschedule(notificationId: string, sendAt: Date): Promise<Reschedule | null> {
      return inTransaction(pool, async (connection) => {
        const { rows } = await connection.query<{ waits: boolean; fits: boolean; status: NotificationStatus }>({
          name: "lock-for-reschedule",
          text: LOCK,
          values: [notificationId, sendAt],
        });
        const [row] = rows;
        if (row === undefined) return null;
        if (!row.waits) return { result: "too_late", status: row.status };
        if (!row.fits) return { result: "after_expiry", status: row.status };
        await connection.query({ name: "reschedule", text: RESCHEDULE, values: [notificationId, sendAt] });
        return { result: "rescheduled", status: "scheduled" };
      });
    },
  };
}

const EXPIRY_STANDS = "(c.request ->> 'expiresAt' IS NOT NULL OR n.replay_generation IS NOT NULL)";

const LOCK = `
  SELECT n.final_at IS NULL AND n.cancelled_at IS NULL AND n.open_count = 0 AS waits, n.status,
    NOT ${EXPIRY_STANDS} OR coalesce(n.expires_at > $2::timestamptz, true) AS fits
  FROM notifications n LEFT JOIN notification_contents c ON c.notification_id = n.id
  WHERE n.id = $1 FOR UPDATE OF n`;

const RESCHEDULE = `
  WITH moved AS (
    UPDATE notifications n
    SET send_at = $2::timestamptz, scheduled_for = $2::timestamptz, status = 'scheduled', next_action_at = $2::timestamptz + ${ATTENTION_AFTER},
        expires_at = CASE WHEN ${EXPIRY_STANDS} THEN n.expires_at
                          ELSE greatest($2::timestamptz, clock_timestamp())
                            + k.expires_after_ms * interval '1 millisecond' END
    FROM notification_contents c, categories k, notifications before
    WHERE n.id = $1 AND c.notification_id = n.id AND k.id = n.category_id AND before.id = n.id
      AND n.send_at IS DISTINCT FROM $2::timestamptz
    RETURNING n.id, before.scheduled_for, n.first_attempt_at IS NULL AS untouched
  ), given_back AS (
    -- A place that was booked for the old time, unless an attempt before a replay has used it up.
    DELETE FROM rate_bookings b USING moved m WHERE b.notification_id = m.id AND m.untouched
  ), forgotten AS (
    -- Nor is the same content a duplicate of what is yet to come: it is claimed again after the wait.
    DELETE FROM content_keys k USING moved m WHERE k.notification_id = m.id AND m.untouched
  )
  INSERT INTO timeline_events (id, at, notification_id, type, detail)
  SELECT gen_random_uuid(), clock_timestamp(), id, 'rescheduled',
    jsonb_strip_nulls(jsonb_build_object('from', scheduled_for, 'until', $2::timestamptz))
  FROM moved`;
