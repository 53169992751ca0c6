import { randomUUIDv7 } from "node:crypto";
import type pg from "pg";
import type { ChannelWord } from "../domain/channel.ts";
import type { DeliveryDecision } from "../domain/decide-deliveries.ts";
import { firstSkipReason } from "../domain/decide-notification.ts";
import type { SkipReason } from "../domain/status.ts";
import { ATTEMPTED_OUTCOME } from "./closing-sql.ts";
import { GIVE_BACK } from "./give-back-sql.ts";

/** How long after its time a notification that waits for somebody may be looked at by repair. */
export const ATTENTION_AFTER = "interval '1 minute'";

export type PlannedDeliveries = {
  notificationId: string;
  deliveries: readonly DeliveryDecision[];
  /** Hex; of the address that the request brought, null where it named a user. */
  addressHash: string | null;
};

/**
 * Writes what was decided: a delivery for each contact, and one with its reason for each channel that is skipped. Where
 * none is left to send, the notification ends here. The caller holds the notification's row.
 */
export async function planDeliveries(connection: pg.PoolClient, planned: PlannedDeliveries): Promise<void> {
  const { notificationId, deliveries, addressHash } = planned;
  const column = <T>(value: (delivery: DeliveryDecision) => T) => deliveries.map(value);
  await connection.query({
    name: "plan-deliveries",
    text: PLAN,
    values: [
      notificationId,
      column(() => randomUUIDv7()),
      column((delivery): ChannelWord => delivery.channel),
      column((delivery) => (delivery.send ? delivery.contactId : null)),
      column((delivery): SkipReason | null => (delivery.send ? null : delivery.reason)),
      addressHash,
    ],
  });
  if (deliveries.some(({ send }) => send)) return;
  await finishUnsent(connection, notificationId, "suppressed", firstSkipReason(deliveries) ?? "no_contact");
}

/**
 * Ends a notification of which nothing will be attempted (any more). Where something was, before a replay, it comes to
 * what its deliveries came to then, and where something may have been, of which there is no record, to `unknown`.
 * `reason` says what kept them from being sent again, null where nothing had to.
 */
export async function finishUnsent(
  connection: pg.PoolClient,
  notificationId: string,
  status: "suppressed" | "expired",
  reason: SkipReason | null,
): Promise<void> {
  await connection.query({
    name: "finish-unsent",
    text: `WITH finished AS (
             UPDATE notifications n
             SET status = o.status, reason = CASE WHEN o.status <> 'sent' THEN coalesce($3, n.fail_reason) END,
               skip_reason = coalesce($3, n.skip_reason), decided_at = clock_timestamp(),
               final_at = clock_timestamp(), next_action_at = NULL
             FROM (SELECT id, CASE ${ATTEMPTED_OUTCOME}
                 WHEN first_attempt_at IS NOT NULL THEN 'unknown' ELSE $2 END AS status FROM notifications WHERE id = $1) o
             WHERE n.id = o.id AND n.final_at IS NULL AND n.open_count = 0
             RETURNING n.id, n.status, n.reason, n.first_attempt_at IS NULL AS untouched
           ), ${GIVE_BACK}
           INSERT INTO timeline_events (id, at, notification_id, type, detail)
           SELECT gen_random_uuid(), clock_timestamp() + interval '1 millisecond', id, 'finished',
             jsonb_strip_nulls(jsonb_build_object('status', status, 'reason', reason))
           FROM finished`,
    values: [notificationId, status, reason],
  });
}

const PLAN = `
  WITH planned AS (
    INSERT INTO deliveries (id, notification_id, position, channel, contact_id, address_hash, status, reason)
    SELECT x.id, $1, x.position, x.channel, x.contact_id,
      CASE WHEN x.reason IS NULL THEN coalesce(c.address_hash, decode($6, 'hex')) END,
      CASE WHEN x.reason IS NULL THEN 'pending' ELSE 'suppressed' END, x.reason
    FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::text[])
      WITH ORDINALITY AS x (id, channel, contact_id, reason, position)
    LEFT JOIN contacts c ON c.id = x.contact_id
    RETURNING id, position, channel, status, reason
  ), counted AS (
    UPDATE notifications n
    SET open_count = p.open, skip_reason = p.skip_reason, status = 'accepted', scheduled_for = n.send_at,
        decided_at = clock_timestamp(), next_action_at = clock_timestamp() + ${ATTENTION_AFTER}
    FROM (
      SELECT (count(*) FILTER (WHERE reason IS NULL))::int AS open,
        (array_agg(reason ORDER BY position) FILTER (WHERE reason IS NOT NULL))[1] AS skip_reason
      FROM planned
    ) p
    WHERE n.id = $1 AND p.open > 0
  )
  INSERT INTO timeline_events (id, at, notification_id, delivery_id, type, channel, detail)
  SELECT gen_random_uuid(), clock_timestamp() + position * interval '1 microsecond', $1, id,
    CASE WHEN reason IS NULL THEN 'planned' ELSE 'skipped' END, channel,
    jsonb_strip_nulls(jsonb_build_object('reason', reason))
  FROM planned`;
