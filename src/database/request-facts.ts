import type pg from "pg";
import type { NotificationKey } from "../domain/notification-id.ts";
import type { KeptSettings } from "./kept-settings.ts";

export type RequestFactsStore = ReturnType<typeof createRequestFacts>;

/** The request that owns an event ID. */
export type ExistingRequest = { bodyHash: string; notificationId: string };
/** What a request names; null: there is none of that name. */
export type NamedFacts = {
  user: Awaited<ReturnType<KeptSettings["user"]>>;
  category: Awaited<ReturnType<KeptSettings["category"]>>;
  template: Awaited<ReturnType<KeptSettings["currentTemplate"]>>;
};

/** What the API must know before it accepts a request. */
export function createRequestFacts(pool: pg.Pool, kept: KeptSettings) {
  return {
    async existing(key: NotificationKey): Promise<ExistingRequest | null> {
      const { rows } = await pool.query<ExistingRequest>({
        name: "existing-request",
        text: `SELECT encode(body_hash, 'hex') AS "bodyHash", notification_id AS "notificationId"
               FROM event_keys WHERE client_id = $1 AND event_id = $2`,
        values: [key.clientId, key.eventId],
      });
      return rows[0] ?? null;
    },

    async named(names: { userId: string | null; categoryId: string; templateId: string }): Promise<NamedFacts> {
      const [user, category, template] = await Promise.all([
        names.userId === null ? null : kept.user(names.userId),
        kept.category(names.categoryId),
        kept.currentTemplate(names.templateId),
      ]);
      return { user, category, template };
    },
  };
}
