import type pg from "pg";
import type { DeliveryDecision } from "../domain/decide-deliveries.ts";
import {
  deliveriesToRepeat,
  type PastDelivery,
  type RefusedDelivery,
  type RepeatedDelivery,
} from "../domain/replay.ts";
import { HAS_FAILED, isRepeatable } from "./dead-letter-sql.ts";
import { ATTENTION_AFTER, finishUnsent } from "./planned-deliveries.ts";

/**
 * Writes what was decided about a notification that is replayed: deliveries that failed are pending again, and what has
 * arrived stays as it is. Where none is left to send, the notification ends with what its deliveries came to before.
 * The caller holds the notification's row.
 */
export async function repeatDeliveries(
  connection: pg.PoolClient,
  notificationId: string,
  decided: readonly DeliveryDecision[],
): Promise<void> {
  const past = await connection.query<PastDelivery>({ name: "past-deliveries", text: PAST, values: [notificationId] });
  const { again, refused } = deliveriesToRepeat(past.rows, decided);
  await noteRefused(connection, notificationId, refused);
  if (again.length > 0) await repeat(connection, notificationId, again);
  else await finishUnsent(connection, notificationId, "suppressed", refused[0]?.reason ?? null);
}

async function repeat(
  connection: pg.PoolClient,
  notificationId: string,
  again: readonly RepeatedDelivery[],
): Promise<void> {
  await connection.query({
    name: "repeat-deliveries",
    text: REPEAT,
    values: [
      notificationId,
      again.map(({ deliveryId }) => deliveryId),
      again.map(({ channel }) => channel),
      again.map(({ contactId }) => contactId),
    ],
  });
}

async function noteRefused(
  connection: pg.PoolClient,
  notificationId: string,
  refused: readonly RefusedDelivery[],
): Promise<void> {
  if (refused.length === 0) return;
  await connection.query({
    name: "note-refused-deliveries",
    text: `INSERT INTO timeline_events (id, at, notification_id, delivery_id, type, channel, detail)
           SELECT gen_random_uuid(), clock_timestamp() + rank * interval '1 microsecond', $1, id, 'skipped', channel,
             jsonb_build_object('reason', reason)
           FROM unnest($2::uuid[], $3::text[], $4::text[]) WITH ORDINALITY AS x (id, channel, reason, rank)`,
    values: [
      notificationId,
      refused.map(({ deliveryId }) => deliveryId),
      refused.map(({ channel }) => channel),
      refused.map(({ reason }) => reason),
    ],
  });
}

const PAST = `
  SELECT d.id AS "deliveryId", d.channel, d.contact_id AS "contactId",
    ${isRepeatable("n.replay_accepts_duplicate")} AS repeatable
  FROM deliveries d JOIN notifications n ON n.id = d.notification_id
  WHERE n.id = $1 ORDER BY d.position`;

// The counters lose what is open again, and the reason is that of what stays failed: what is open adds its own.
const REPEAT = `
  WITH before AS MATERIALIZED (
    SELECT d.id, d.status, d.reason, d.position, x.id IS NOT NULL AS again, x.channel, x.contact_id, c.address_hash,
      ${HAS_FAILED} AS failed
    FROM deliveries d
    LEFT JOIN unnest($2::uuid[], $3::text[], $4::uuid[]) AS x (id, channel, contact_id) ON x.id = d.id
    LEFT JOIN contacts c ON c.id = x.contact_id
    WHERE d.notification_id = $1
  ), repeated AS (
    UPDATE deliveries d
    SET status = 'pending', reason = NULL, channel = b.channel, contact_id = b.contact_id,
        address_hash = coalesce(b.address_hash, d.address_hash), provider_message_id = NULL,
        possible_duplicate = d.possible_duplicate OR b.status = 'unknown'
    FROM before b
    WHERE d.id = b.id AND b.again
    RETURNING d.id, d.channel, d.position
  ), forgotten AS (
    -- What a provider refused then, it may take now.
    DELETE FROM provider_setbacks s USING repeated r WHERE s.delivery_id = r.id
  ), counted AS (
    UPDATE notifications n
    SET open_count = t.again, failed_count = n.failed_count - t.failed, unknown_count = n.unknown_count - t.unknown,
        fail_reason = t.fail_reason, status = 'accepted', scheduled_for = n.send_at, decided_at = clock_timestamp(),
        next_action_at = clock_timestamp() + ${ATTENTION_AFTER}
    FROM (
      SELECT (count(*) FILTER (WHERE again))::int AS again,
        (count(*) FILTER (WHERE again AND status <> 'unknown'))::int AS failed,
        (count(*) FILTER (WHERE again AND status = 'unknown'))::int AS unknown,
        (array_agg(reason ORDER BY position) FILTER (WHERE failed AND NOT again))[1] AS fail_reason
      FROM before
    ) t
    WHERE n.id = $1
  )
  INSERT INTO timeline_events (id, at, notification_id, delivery_id, type, channel)
  SELECT gen_random_uuid(), clock_timestamp() + position * interval '1 microsecond', $1, id, 'planned', channel
  FROM repeated`;
