import type pg from "pg";
import type { Channel } from "../domain/channel.ts";
import type { DeliveryStatus, NotificationStatus } from "../domain/status.ts";

/** What is kept of a notification to a user, without its content. */
export type UserNotification = {
  /** For the next page; says nothing to a reader. */
  rowId: string;
  clientId: string;
  eventId: string;
  category: string;
  template: { id: string; version: number };
  locale: string | null;
  status: NotificationStatus;
  reason: string | null;
  createdAt: Date;
  finishedAt: Date | null;
  deliveries: {
    id: string;
    channel: Channel | "push";
    contactId: string | null;
    provider: string | null;
    status: DeliveryStatus;
    reason: string | null;
    sentAt: string | null;
    deliveredAt: string | null;
    openedAt: string | null;
    clickedAt: string | null;
  }[];
};
export type UserNotificationStore = ReturnType<typeof createUserNotifications>;

/** The notifications of a user, whichever client has sent them. */
export function createUserNotifications(pool: pg.Pool) {
  return {
    /** Newest first, before the row `before`. */
    async list(userId: string, page: { before: string | null; limit: number }): Promise<UserNotification[]> {
      const { rows } = await pool.query<UserNotification>(LIST, [userId, page.before, page.limit]);
      return rows;
    },
  };
}

const LIST = `
  SELECT n.id AS "rowId", n.client_id AS "clientId", n.event_id AS "eventId", n.category_id AS category,
    jsonb_build_object('id', n.template_id, 'version', n.template_version) AS template, n.locale, n.status, n.reason,
    n.accepted_at AS "createdAt", n.final_at AS "finishedAt",
    coalesce((
      SELECT jsonb_agg(jsonb_build_object('id', d.id, 'channel', d.channel, 'contactId', d.contact_id,
        'provider', d.provider, 'status', d.status, 'reason', d.reason, 'sentAt', d.sent_at,
        'deliveredAt', d.delivered_at, 'openedAt', d.opened_at, 'clickedAt', d.clicked_at)
        ORDER BY d.position)
      FROM deliveries d WHERE d.notification_id = n.id
    ), '[]') AS deliveries
  FROM notifications n
  WHERE n.user_id = $1 AND ($2::uuid IS NULL OR n.id < $2)
  ORDER BY n.id DESC LIMIT $3`;
