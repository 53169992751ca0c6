import type pg from "pg";
import type { Channel } from "../domain/channel.ts";
import type { Guarantee } from "../domain/guarantee.ts";
import type { NotificationKey } from "../domain/notification-id.ts";
import type { PreparedDecision } from "../domain/prepare-decision.ts";
import type { Timing } from "../domain/schedule.ts";
import type { NotificationStatus } from "../domain/status.ts";
import { claimContent } from "./content-keys.ts";
import { type Claim, claimEvent } from "./event-claims.ts";
import { doubtRecord } from "./lost-records.ts";
import { ATTENTION_AFTER, finishUnsent, planDeliveries } from "./planned-deliveries.ts";
import { inTransaction } from "./pool.ts";
import { bookPlace } from "./rate-bookings.ts";
import { repeatDeliveries } from "./repeated-deliveries.ts";
import { resolveDecision } from "./resolve-decision.ts";

export type NewNotification = {
  notificationId: string;
  key: NotificationKey;
  workflowId: string;
  generation: number;
  /** Null: the request brought an address. */
  userId: string | null;
  categoryId: string;
  template: { id: string; version: number };
  mandatory: boolean;
  guarantee: Guarantee;
  priority: string;
  locale: string | null;
  acceptedAt: Date;
  sendAt: Date | null;
  expiresAt: Date | null;
  /** As it was accepted; templates read its `data`. */
  request: Record<string, unknown>;
  /** Hex; kept for whoever takes the notification up later. */
  contentHash?: string | undefined;
};

/** How a notification is decided on, once its row is locked, with the times of that row. */
export type Deciding = PreparedDecision & {
  notification: NewNotification;
  /** Hex; of the address that the request brought. */
  addressHash: string | null;
  /** Where the same workflow has had it decided on before; `begun`: and has begun to send it. */
  before?: { begun: boolean };
};

export type AdmittedDelivery = { deliveryId: string; channel: Channel };

/** What the row says, for a retry of the same admission or a decision after a wait. */
export type NotificationRow = {
  generation: number;
  status: NotificationStatus;
  final: boolean;
  scheduledFor: Date | null;
  expiresAt: Date | null;
  /** Deliveries that are not closed; null while none are decided on. */
  open: AdmittedDelivery[] | null;
};

/** `other`: somebody else owns the event ID, or the notification is forgotten, and its workflow was reset since. */
export type Admitted = { owner: "mine"; notificationId: string; row: NotificationRow } | { owner: "other" };

export type Admissions = ReturnType<typeof createAdmissions>;

/** The claim of an event ID and the rows that an admitted notification begins with. */
export function createAdmissions(pool: pg.Pool) {
  return {
    /**
     * Claims the event ID for good and writes what is decided, in one transaction: a claim without its notification
     * would be a promise that nobody keeps. What the same owner wrote before stands; what it wrote before and the
     * database has lost since, with its claim, is written again.
     */
    claim(claim: Claim, decidingOf: (notificationId: string) => Deciding): Promise<Admitted> {
      return inTransaction(pool, async (connection) => {
        const claimed = await claimEvent(connection, claim);
        if (claimed.owner === "other") return { owner: "other" };
        const { notificationId, isNew } = claimed;
        const deciding = decidingOf(notificationId);
        if (isNew) await insertNotification(connection, deciding);
        const row = await decide(connection, deciding);
        return row === null ? { owner: "other" } : { owner: "mine", notificationId, row };
      });
    },

    /**
     * Decides again. Changes nothing where somebody else (a cancel, a lost run) has settled it before. Null where there
     * is no such notification (any more): it is forgotten, or the database was set back to before it.
     */
    decideAgain(deciding: Deciding): Promise<NotificationRow | null> {
      return inTransaction(pool, (connection) => decide(connection, deciding));
    },
  };
}

type Undecided = Timing & {
  /** It has deliveries of an earlier generation, of which those that failed are sent again. */
  replayed: boolean;
  /** It may have been sent, and its record was lost: see {@link doubtRecord}. */
  doubted: boolean;
};

async function decide(connection: pg.PoolClient, deciding: Deciding): Promise<NotificationRow | null> {
  const { notificationId, generation } = deciding.notification;
  // Who has begun to send leaves nothing open, unless what became of it was lost.
  if (deciding.before?.begun) await doubtRecord(connection, notificationId, generation);
  const timing = await lockUndecided(connection, deciding.notification);
  if (timing !== null) await carryOut(connection, deciding, timing);
  return readRow(connection, notificationId);
}

/**
 * The row, locked, so that a cancel or a reschedule comes before all that follows or after it. Null where there is
 * nothing to decide any more.
 */
async function lockUndecided(connection: pg.PoolClient, notification: NewNotification): Promise<Undecided | null> {
  const { rows } = await connection.query<Undecided>({
    name: "lock-undecided",
    text: `SELECT send_at AS "sendAt", expires_at AS "expiresAt", replay_generation IS NOT NULL AS replayed,
             first_attempt_at IS NOT NULL AND replay_generation IS NULL AS doubted
           FROM notifications
           WHERE id = $1 AND final_at IS NULL AND open_count = 0 AND generation = $2 FOR UPDATE`,
    values: [notification.notificationId, notification.generation],
  });
  return rows[0] ?? null;
}

/** Takes what it needs of what others want too, and writes what that comes to. */
async function carryOut(connection: pg.PoolClient, deciding: Deciding, timing: Undecided): Promise<void> {
  const { notificationId, generation } = deciding.notification;
  const resolution = await resolveDecision(deciding, timing, {
    notificationId,
    claimContent: (content) => claimContent(connection, notificationId, content, deciding.now),
    takePlace: (request) => bookPlace(connection, request),
  });
  switch (resolution.kind) {
    case "expired":
      return finishUnsent(connection, notificationId, "expired", "expired");
    case "scheduled":
      return wait(connection, notificationId, "scheduled", resolution.until, null);
    case "held":
      return wait(connection, notificationId, "held", resolution.until, resolution.reason);
    case "planned": {
      const { deliveries } = resolution;
      if (timing.replayed) return repeatDeliveries(connection, notificationId, deliveries);
      await planDeliveries(connection, { notificationId, deliveries, addressHash: deciding.addressHash });
      if (timing.doubted) await doubtRecord(connection, notificationId, generation);
      return;
    }
  }
}

/**
 * Only with a claim that is new: a row that is missing otherwise was forgotten, and must not be sent again. Its time and
 * its status follow with what is decided.
 */
async function insertNotification(connection: pg.PoolClient, { notification, before }: Deciding): Promise<void> {
  await connection.query({
    name: "insert-notification",
    text: `WITH inserted AS (
             INSERT INTO notifications (id, client_id, event_id, workflow_id, user_id, category_id, template_id,
               template_version, status, mandatory, guarantee, priority, locale, accepted_at, send_at, scheduled_for,
               expires_at, decided_at, next_action_at, generation)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'accepted', $9, $10, $11, $12, $13, $14, $14, $15,
               clock_timestamp(), clock_timestamp() + ${ATTENTION_AFTER}, $17)
             RETURNING id
           ), content AS (
             INSERT INTO notification_contents (notification_id, request, content_hash)
             -- Who was erased while this was on its way leaves nothing behind; who is erased now waits for this.
             SELECT id, CASE WHEN $5::text IS NULL OR EXISTS (SELECT FROM users WHERE id = $5 FOR KEY SHARE)
                   AND NOT EXISTS (SELECT FROM erasures WHERE user_id = $5 AND at > $13)
                 THEN $16::jsonb ELSE $16::jsonb || '{"data": {}}' END, decode($18, 'hex')
             FROM inserted
           )
           INSERT INTO timeline_events (id, at, notification_id, type, detail)
           SELECT gen_random_uuid(), clock_timestamp(), id, 'accepted', $19::jsonb FROM inserted`,
    values: [
      notification.notificationId,
      notification.key.clientId,
      notification.key.eventId,
      notification.workflowId,
      notification.userId,
      notification.categoryId,
      notification.template.id,
      notification.template.version,
      notification.mandatory,
      notification.guarantee,
      notification.priority,
      notification.locale,
      notification.acceptedAt,
      notification.sendAt,
      notification.expiresAt,
      JSON.stringify(notification.request),
      notification.generation,
      notification.contentHash ?? null,
      before === undefined ? "{}" : '{"recordLost": true}',
    ],
  });
}

async function wait(
  connection: pg.PoolClient,
  notificationId: string,
  status: "scheduled" | "held",
  until: Date,
  reason: "quiet_hours" | "rate_limited" | null,
): Promise<void> {
  await connection.query({
    name: "wait",
    text: `WITH waiting AS (
             UPDATE notifications
             SET status = $2, scheduled_for = $3::timestamptz, decided_at = clock_timestamp(), next_action_at = $3::timestamptz + ${ATTENTION_AFTER}
             WHERE id = $1
             RETURNING id, first_attempt_at IS NULL AS untouched
           ), given_back AS (
             -- Nobody keeps a place while waiting for something else, unless it is used up.
             DELETE FROM rate_bookings b USING waiting w
             WHERE b.notification_id = w.id AND w.untouched AND $4::text IS DISTINCT FROM 'rate_limited'
           )
           INSERT INTO timeline_events (id, at, notification_id, type, detail)
           SELECT gen_random_uuid(), clock_timestamp(), id, $2,
             jsonb_strip_nulls(jsonb_build_object('until', $3::timestamptz, 'reason', $4::text))
           FROM waiting`,
    values: [notificationId, status, until, reason],
  });
}

async function readRow(connection: pg.PoolClient, notificationId: string): Promise<NotificationRow | null> {
  const { rows } = await connection.query<NotificationRow>({
    name: "find-admitted",
    text: `SELECT n.generation, n.status, n.final_at IS NOT NULL AS final, n.scheduled_for AS "scheduledFor",
             n.expires_at AS "expiresAt",
             CASE WHEN n.open_count > 0 THEN (
               SELECT coalesce(jsonb_agg(jsonb_build_object('deliveryId', d.id, 'channel', d.channel)
                 ORDER BY d.position), '[]')
               FROM deliveries d WHERE d.notification_id = n.id AND d.status IN ('pending', 'sending')
             ) END AS open
           FROM notifications n WHERE n.id = $1`,
    values: [notificationId],
  });
  return rows[0] ?? null;
}
