import type pg from "pg";

/** As if the database had been set back to before this event ID was claimed. */
export async function loseRecord(pool: pg.Pool, eventId: string): Promise<void> {
  const notification = `(SELECT notification_id FROM event_keys WHERE event_id = '${eventId}')`;
  const deliveries = `(SELECT id FROM deliveries WHERE notification_id IN ${notification})`;
  await pool.query(`
    BEGIN;
    SET LOCAL session_replication_role = replica;
    DELETE FROM attempts WHERE delivery_id IN ${deliveries};
    DELETE FROM provider_setbacks WHERE delivery_id IN ${deliveries};
    DELETE FROM deliveries WHERE notification_id IN ${notification};
    DELETE FROM notification_contents WHERE notification_id IN ${notification};
    DELETE FROM rate_bookings WHERE notification_id IN ${notification};
    DELETE FROM timeline_events WHERE notification_id IN ${notification};
    DELETE FROM notifications WHERE id IN ${notification};
    DELETE FROM event_keys WHERE event_id = '${eventId}';
    COMMIT`);
}

/** As if the database had been set back to when the first replay of this notification was held. */
export async function forgetReplay(pool: pg.Pool, eventId: string): Promise<void> {
  const deliveries = `(SELECT d.id FROM deliveries d JOIN notifications n ON n.id = d.notification_id WHERE n.event_id = '${eventId}')`;
  await pool.query(`
    BEGIN;
    SET LOCAL session_replication_role = replica;
    DELETE FROM attempts WHERE generation > 0 AND delivery_id IN ${deliveries};
    UPDATE deliveries d
    SET status = 'failed', reason = a.code, attempts = 1, sent_at = NULL, provider_message_id = NULL
    FROM attempts a WHERE a.delivery_id = d.id AND d.id IN ${deliveries};
    UPDATE notifications n
    SET status = 'held', final_at = NULL, sent_count = 0, failed_count = 1, open_count = 0, fail_reason = d.reason,
      scheduled_for = now(), next_action_at = now()
    FROM deliveries d WHERE d.notification_id = n.id AND n.event_id = '${eventId}';
    COMMIT`);
}

/** As if the database had been set back to when this notification was planned, or waited for its time. */
export async function forgetEnding(pool: pg.Pool, eventId: string, status: "accepted" | "scheduled"): Promise<void> {
  const notification = `(SELECT id FROM notifications WHERE event_id = '${eventId}')`;
  const deliveries = `(SELECT id FROM deliveries WHERE notification_id IN ${notification})`;
  const waits = status === "scheduled";
  await pool.query(`
    BEGIN;
    SET LOCAL session_replication_role = replica;
    DELETE FROM attempts WHERE delivery_id IN ${deliveries};
    ${
      waits
        ? `DELETE FROM deliveries WHERE notification_id IN ${notification};`
        : `UPDATE deliveries SET status = 'pending', sent_at = NULL, attempts = 0, provider = NULL, provider_message_id = NULL
           WHERE notification_id IN ${notification};`
    }
    UPDATE notifications
    SET status = '${status}', final_at = NULL, first_attempt_at = NULL, sent_count = 0, open_count = ${waits ? 0 : 1},
      scheduled_for = now(), next_action_at = now()
    WHERE event_id = '${eventId}';
    COMMIT`);
}
