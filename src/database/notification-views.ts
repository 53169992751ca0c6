import type pg from "pg";
import type { Channel } from "../domain/channel.ts";
import type { NotificationKey } from "../domain/notification-id.ts";
import type { DeliveryStatus, NotificationStatus } from "../domain/status.ts";

export type NotificationView = {
  rowId: string;
  eventId: string;
  status: NotificationStatus;
  reason: string | null;
  user: string | null;
  category: string;
  template: { id: string; version: number };
  workflowId: string;
  createdAt: Date;
  scheduledFor: Date | null;
  expiresAt: Date | null;
  deliveries: DeliveryView[];
};

export type DeliveryView = {
  id: string;
  channel: Channel | "push";
  provider: string | null;
  status: DeliveryStatus;
  reason: string | null;
  attempts: number;
  /** Messages that an SMS was split into; null for other channels, and before an attempt. */
  segments: number | null;
  possibleDuplicate: boolean;
  providerMessageId: string | null;
  sentAt: string | null;
  deliveredAt: string | null;
  openedAt: string | null;
  clickedAt: string | null;
};

export type TimelineEntry = {
  at: Date;
  type: string;
  channel: string | null;
  deliveryId: string | null;
  detail: Record<string, unknown>;
};

export type NotificationFilter = {
  userId?: string | undefined;
  eventId?: string | undefined;
  status?: NotificationStatus | undefined;
  /** Row key of the last entry of the page before. */
  before: string | null;
  limit: number;
};

export type NotificationViews = ReturnType<typeof createNotificationViews>;

/** What the API shows of notifications. A client sees its own only. */
export function createNotificationViews(pool: pg.Pool) {
  return {
    async find(key: NotificationKey): Promise<NotificationView | null> {
      const { rows } = await pool.query<NotificationView>({
        name: "view-notification",
        text: `${VIEW} WHERE n.id = (SELECT notification_id FROM event_keys WHERE client_id = $1 AND event_id = $2)`,
        values: [key.clientId, key.eventId],
      });
      return rows[0] ?? null;
    },

    /** Newest first. */
    async list(clientId: string, filter: NotificationFilter): Promise<NotificationView[]> {
      const { rows } = await pool.query<NotificationView>({
        name: "list-notifications",
        text: `${VIEW}
               WHERE n.client_id = $1 AND ($2::text IS NULL OR n.user_id = $2) AND ($3::text IS NULL OR n.status = $3)
                 AND ($4::uuid IS NULL OR n.id < $4)
                 AND ($5::text IS NULL OR n.id = (
                   SELECT notification_id FROM event_keys WHERE client_id = $1 AND event_id = $5))
               ORDER BY n.id DESC LIMIT $6`,
        values: [
          clientId,
          filter.userId ?? null,
          filter.status ?? null,
          filter.before,
          filter.eventId ?? null,
          filter.limit,
        ],
      });
      return rows;
    },

    /** Every step in order. */
    async timeline(rowId: string): Promise<TimelineEntry[]> {
      const { rows } = await pool.query<TimelineEntry>({
        name: "timeline",
        text: `SELECT at, type, channel, delivery_id AS "deliveryId", detail
               FROM timeline_events WHERE notification_id = $1 ORDER BY at, id`,
        values: [rowId],
      });
      return rows;
    },
  };
}

const VIEW = `
  SELECT n.id AS "rowId", n.event_id AS "eventId", n.status, n.reason, n.user_id AS "user", n.category_id AS category,
    jsonb_build_object('id', n.template_id, 'version', n.template_version) AS template, n.workflow_id AS "workflowId",
    n.accepted_at AS "createdAt", n.scheduled_for AS "scheduledFor", n.expires_at AS "expiresAt",
    coalesce((
      SELECT jsonb_agg(jsonb_build_object('id', d.id, 'channel', d.channel, 'provider', d.provider, 'status', d.status,
        'reason', d.reason, 'attempts', d.attempts, 'segments', d.segments, 'possibleDuplicate', d.possible_duplicate,
        'providerMessageId', d.provider_message_id, 'sentAt', d.sent_at, 'deliveredAt', d.delivered_at,
        'openedAt', d.opened_at, 'clickedAt', d.clicked_at) ORDER BY d.position)
      FROM deliveries d WHERE d.notification_id = n.id
    ), '[]') AS deliveries
  FROM notifications n`;
