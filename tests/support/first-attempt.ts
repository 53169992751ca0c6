import type pg from "pg";
import { waitFor } from "./wait-for.ts";

/** Resolves once an attempt of the notification with this event ID has ended, however it has. */
export async function firstAttemptEnded(pool: pg.Pool, eventId: string): Promise<void> {
  await waitFor(`a first attempt of ${eventId} to have ended`, async () => {
    const { rows } = await pool.query(
      `SELECT 1 FROM attempts a JOIN deliveries d ON d.id = a.delivery_id JOIN notifications n ON n.id = d.notification_id
       WHERE n.event_id = $1 AND a.outcome IS NOT NULL`,
      [eventId],
    );
    return rows.length > 0;
  });
}
