import { randomUUIDv7 } from "node:crypto";
import type pg from "pg";
import type { Channel, ChannelWord } from "../domain/channel.ts";
import type { DeliveryDecision } from "../domain/decide-deliveries.ts";
import type { Guarantee } from "../domain/guarantee.ts";
import type { NotificationKey } from "../domain/notification-id.ts";
import type { NotificationStatus, SkipReason } from "../domain/status.ts";
import { inTransaction } from "./pool.ts";

export type Owner = { workflowId: string; firstRunId: string; generation: number };

export type Claim = {
  key: NotificationKey;
  /** Hex. */
  bodyHash: string;
  owner: Owner;
};

/** `mine`: go on, this may be a retry. `other`: somebody else owns the event ID; `sameBody` tells a repeat from a clash. */
export type ClaimResult = { owner: "mine"; notificationId: string } | { owner: "other"; sameBody: boolean };

export type NewNotification = {
  notificationId: string;
  key: NotificationKey;
  workflowId: string;
  generation: number;
  userId: string;
  categoryId: string;
  template: { id: string; version: number };
  mandatory: boolean;
  guarantee: Guarantee;
  priority: string;
  locale: string | null;
  acceptedAt: Date;
  scheduledFor: Date | null;
  expiresAt: Date | null;
  /** As it was accepted; templates read its `data`. */
  request: Record<string, unknown>;
};

/** What a decision came to, to be written. */
export type Admission =
  | { kind: "wait"; notification: NewNotification; until: Date }
  | { kind: "expired"; notification: NewNotification }
  | { kind: "decided"; notification: NewNotification; decisions: readonly DeliveryDecision[] };

export type AdmittedDelivery = { deliveryId: string; channel: Channel };

/** What the row says, for a retry of the same admission or a decision after a wait. */
export type NotificationRow = {
  generation: number;
  status: NotificationStatus;
  final: boolean;
  scheduledFor: Date | null;
  expiresAt: Date | null;
  /** Deliveries that are not closed; null while none have been decided. */
  open: AdmittedDelivery[] | null;
};

export type Admissions = ReturnType<typeof createAdmissions>;

/** How long after its time a waiting notification may be looked at by repair. */
const ATTENTION_AFTER = "interval '1 minute'";

/** The claim of an event ID and the rows that an admitted notification begins with. */
export function createAdmissions(pool: pg.Pool) {
  return {
    /**
     * Claims the event ID for good and writes what was decided, in one transaction: a claim without its notification
     * would be a promise that nobody keeps. The unique key decides between any number of claimers; the same owner
     * claiming again gets the same answer, and what it wrote before stands. A lost claim is noted in the winner's
     * timeline.
     */
    async claim(claim: Claim, admissionOf: (notificationId: string) => Admission): Promise<ClaimResult> {
      return inTransaction(pool, async (connection) => {
        const result = await claimKey(connection, claim);
        if (result.owner === "mine") await write(connection, admissionOf(result.notificationId));
        return result;
      });
    },

    /** Writes a later decision. Changes nothing where somebody else (a cancel, a lost run) has settled it before. */
    async write(admission: Admission): Promise<void> {
      await inTransaction(pool, (connection) => write(connection, admission));
    },

    /** The notification as it stands, or null before it was first written. */
    async find(notificationId: string): Promise<NotificationRow | null> {
      const { rows } = await pool.query<NotificationRow>({
        name: "find-admitted",
        text: `SELECT n.generation, n.status, n.final_at IS NOT NULL AS final, n.scheduled_for AS "scheduledFor",
                 n.expires_at AS "expiresAt",
                 (SELECT coalesce(jsonb_agg(jsonb_build_object('deliveryId', d.id, 'channel', d.channel) ORDER BY d.position)
                            FILTER (WHERE d.status IN ('pending', 'sending')), '[]')
                  FROM deliveries d WHERE d.notification_id = n.id HAVING count(*) > 0) AS open
               FROM notifications n WHERE n.id = $1`,
        values: [notificationId],
      });
      return rows[0] ?? null;
    },
  };
}

async function claimKey(connection: pg.PoolClient, claim: Claim): Promise<ClaimResult> {
  const { key, owner, bodyHash } = claim;
  await connection.query({
    name: "claim-event-key",
    text: `INSERT INTO event_keys
             (client_id, event_id, body_hash, notification_id, owner_workflow_id, owner_first_run_id, generation)
           VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6, $7)
           ON CONFLICT DO NOTHING`,
    values: [key.clientId, key.eventId, bodyHash, randomUUIDv7(), owner.workflowId, owner.firstRunId, owner.generation],
  });
  // A second statement: the first one's snapshot may be older than the row it ran into.
  const { rows } = await connection.query<{ notification_id: string; mine: boolean; same_body: boolean }>({
    name: "read-event-key",
    text: `SELECT notification_id, body_hash = decode($3, 'hex') AS same_body,
             owner_workflow_id = $4 AND generation = $6
               AND (owner_first_run_id = $5 OR generation > 0) AS mine
           FROM event_keys WHERE client_id = $1 AND event_id = $2`,
    values: [key.clientId, key.eventId, bodyHash, owner.workflowId, owner.firstRunId, owner.generation],
  });
  const row = rows[0];
  if (row === undefined) throw new Error("an event key is gone right after it was claimed: keys must never be deleted");
  if (row.mine) return { owner: "mine", notificationId: row.notification_id };
  await noteLostClaim(connection, row.notification_id, claim, row.same_body);
  return { owner: "other", sameBody: row.same_body };
}

async function write(connection: pg.PoolClient, admission: Admission): Promise<void> {
  const { notification } = admission;
  const { notificationId } = notification;
  if (admission.kind === "wait") return insertNotification(connection, notification, "scheduled", admission.until);
  await insertNotification(connection, notification, "accepted", null);
  // The lock comes first, so that a cancel comes before all of the rest or after it.
  const undecided = await connection.query({
    name: "lock-undecided",
    text: "SELECT 1 FROM notifications WHERE id = $1 AND final_at IS NULL AND open_count = 0 FOR UPDATE",
    values: [notificationId],
  });
  if (undecided.rowCount === 0) return;
  if (admission.kind === "expired") return finishUnsent(connection, notificationId, "expired", "expired");
  const deliveries = admission.decisions.map((decision) => ({ ...decision, deliveryId: randomUUIDv7() }));
  await insertDeliveries(connection, notificationId, deliveries);
  await settleDecision(connection, notificationId, deliveries);
}

async function noteLostClaim(
  connection: pg.PoolClient,
  notificationId: string,
  claim: Claim,
  sameBody: boolean,
): Promise<void> {
  await connection.query(
    `INSERT INTO timeline_events (id, at, notification_id, type, detail)
     VALUES ($1, clock_timestamp(), $2, $3, jsonb_build_object('workflowId', $4::text, 'runId', $5::text))`,
    [
      randomUUIDv7(),
      notificationId,
      sameBody ? "duplicate" : "event_id_conflict",
      claim.owner.workflowId,
      claim.owner.firstRunId,
    ],
  );
}

async function insertNotification(
  connection: pg.PoolClient,
  notification: NewNotification,
  status: "accepted" | "scheduled",
  dueAt: Date | null,
): Promise<void> {
  await connection.query({
    name: "insert-notification",
    text: `WITH inserted AS (
             INSERT INTO notifications (id, client_id, event_id, workflow_id, user_id, category_id, template_id,
               template_version, status, mandatory, guarantee, priority, locale, accepted_at, scheduled_for, expires_at,
               decided_at, next_action_at, generation)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, clock_timestamp(),
               coalesce($17, clock_timestamp()) + ${ATTENTION_AFTER}, $19)
             ON CONFLICT DO NOTHING
             RETURNING id
           ), content AS (
             INSERT INTO notification_contents (notification_id, request) SELECT id, $18 FROM inserted
           )
           INSERT INTO timeline_events (id, at, notification_id, type, detail)
           SELECT gen_random_uuid(), clock_timestamp(), id, $9,
             jsonb_strip_nulls(jsonb_build_object('scheduledFor', $17::timestamptz)) FROM inserted`,
    values: [
      notification.notificationId,
      notification.key.clientId,
      notification.key.eventId,
      notification.workflowId,
      notification.userId,
      notification.categoryId,
      notification.template.id,
      notification.template.version,
      status,
      notification.mandatory,
      notification.guarantee,
      notification.priority,
      notification.locale,
      notification.acceptedAt,
      notification.scheduledFor,
      notification.expiresAt,
      dueAt,
      JSON.stringify(notification.request),
      notification.generation,
    ],
  });
}

type IdentifiedDecision = DeliveryDecision & { deliveryId: string };

async function insertDeliveries(
  connection: pg.PoolClient,
  notificationId: string,
  deliveries: readonly IdentifiedDecision[],
): Promise<void> {
  const column = <T>(value: (delivery: IdentifiedDecision) => T) => deliveries.map(value);
  await connection.query({
    name: "insert-deliveries",
    text: `WITH inserted AS (
             INSERT INTO deliveries (id, notification_id, position, channel, contact_id, address_hash, status, reason)
             SELECT x.id, $1, x.position, x.channel, x.contact_id, c.address_hash,
               CASE WHEN x.reason IS NULL THEN 'pending' ELSE 'suppressed' END, x.reason
             FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::text[])
               WITH ORDINALITY AS x (id, channel, contact_id, reason, position)
             LEFT JOIN contacts c ON c.id = x.contact_id
             RETURNING id, position, channel, status, reason
           )
           INSERT INTO timeline_events (id, at, notification_id, delivery_id, type, channel, detail)
           SELECT gen_random_uuid(), clock_timestamp() + position * interval '1 microsecond', $1, id,
             CASE WHEN reason IS NULL THEN 'planned' ELSE 'skipped' END, channel,
             jsonb_strip_nulls(jsonb_build_object('reason', reason))
           FROM inserted`,
    values: [
      notificationId,
      column((delivery) => delivery.deliveryId),
      column((delivery): ChannelWord => delivery.channel),
      column((delivery) => (delivery.send ? delivery.contactId : null)),
      column((delivery): SkipReason | null => (delivery.send ? null : delivery.reason)),
    ],
  });
}

async function settleDecision(
  connection: pg.PoolClient,
  notificationId: string,
  deliveries: readonly IdentifiedDecision[],
): Promise<void> {
  const open = deliveries.filter((delivery) => delivery.send).length;
  const skipped = deliveries.find((delivery) => !delivery.send);
  const skipReason = skipped?.send === false ? skipped.reason : null;
  if (open === 0) return finishUnsent(connection, notificationId, "suppressed", skipReason ?? "no_contact");
  await connection.query({
    name: "settle-decision",
    text: `UPDATE notifications SET open_count = $2, skip_reason = $3, status = 'accepted', decided_at = clock_timestamp(),
             next_action_at = clock_timestamp() + ${ATTENTION_AFTER}
           WHERE id = $1`,
    values: [notificationId, open, skipReason],
  });
}

async function finishUnsent(
  connection: pg.PoolClient,
  notificationId: string,
  status: "suppressed" | "expired",
  reason: SkipReason,
): Promise<void> {
  await connection.query({
    name: "finish-unsent",
    text: `WITH finished AS (
             UPDATE notifications SET status = $2, reason = $3, skip_reason = $3, decided_at = clock_timestamp(),
               final_at = clock_timestamp(), next_action_at = NULL
             WHERE id = $1 AND final_at IS NULL AND open_count = 0
             RETURNING id
           )
           INSERT INTO timeline_events (id, at, notification_id, type, detail)
           SELECT gen_random_uuid(), clock_timestamp() + interval '1 millisecond', id, 'finished',
             jsonb_build_object('status', $2::text, 'reason', $3::text)
           FROM finished`,
    values: [notificationId, status, reason],
  });
}
