import type pg from "pg";
import type { NotificationKey } from "../domain/notification-id.ts";
import type { KeptSettings } from "./kept-settings.ts";

export type RequestFactsStore = ReturnType<typeof createRequestFacts>;

/** The request that owns an event ID. */
export type ExistingRequest = { bodyHash: string; notificationId: string };
/** Whoever has the event ID; null: nobody. `now` is the database's clock, by which requests are accepted. */
export type EventIdFacts = { existing: ExistingRequest | null; now: Date };
/** What a request names; null: there is none of that name. */
export type NamedFacts = {
  user: Awaited<ReturnType<KeptSettings["user"]>>;
  category: Awaited<ReturnType<KeptSettings["category"]>>;
  template: Awaited<ReturnType<KeptSettings["currentTemplate"]>>;
};

/** What the API must know before it accepts a request. */
export function createRequestFacts(pool: pg.Pool, kept: KeptSettings) {
  return {
    async ofEventId(key: NotificationKey): Promise<EventIdFacts> {
      const { rows } = await pool.query<EventIdFacts>({
        name: "event-id-facts",
        text: `SELECT clock_timestamp() AS now, (
                 SELECT jsonb_build_object('bodyHash', encode(body_hash, 'hex'), 'notificationId', notification_id)
                 FROM event_keys WHERE client_id = $1 AND event_id = $2
               ) AS existing`,
        values: [key.clientId, key.eventId],
      });
      const [facts] = rows;
      if (facts === undefined) throw new Error("what is selected from nothing is one row");
      return facts;
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
