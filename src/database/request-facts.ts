import type pg from "pg";
import { z } from "zod";
import { CHANNEL_WORDS } from "../domain/channel.ts";
import type { NotificationKey } from "../domain/notification-id.ts";
import { templateLocalesSchema } from "../domain/template.ts";

export type RequestFactsStore = ReturnType<typeof createRequestFacts>;

const factsSchema = z.object({
  /** The request that owns this event ID, if there is one. */
  existing: z.object({ bodyHash: z.string(), notificationId: z.string() }).nullable(),
  user: z
    .object({
      id: z.string(),
      locale: z.string().nullable(),
      timezone: z.string().nullable(),
      attributes: z.record(z.string(), z.unknown()),
    })
    .nullable(),
  category: z
    .object({ channels: z.array(z.enum(CHANNEL_WORDS)), priority: z.enum(["high", "normal", "low"]) })
    .nullable(),
  template: z.object({ version: z.number(), locales: templateLocalesSchema }).nullable(),
});
export type RequestFacts = z.infer<typeof factsSchema>;

/** What the API must know before it accepts a request, in one statement. */
export function createRequestFacts(pool: pg.Pool) {
  return {
    async load(
      key: NotificationKey,
      named: { userId: string | null; categoryId: string; templateId: string },
    ): Promise<RequestFacts> {
      const { rows } = await pool.query<{ facts: unknown }>({
        name: "request-facts",
        text: FACTS,
        values: [key.clientId, key.eventId, named.userId, named.categoryId, named.templateId],
      });
      return factsSchema.parse(rows[0]?.facts);
    },
  };
}

const FACTS = `
  SELECT jsonb_build_object(
    'existing', (
      SELECT jsonb_build_object('bodyHash', encode(body_hash, 'hex'), 'notificationId', notification_id)
      FROM event_keys WHERE client_id = $1 AND event_id = $2
    ),
    'user', (
      SELECT jsonb_build_object('id', id, 'locale', locale, 'timezone', timezone, 'attributes', attributes)
      FROM users WHERE id = $3
    ),
    'category', (SELECT jsonb_build_object('channels', channels, 'priority', priority) FROM categories WHERE id = $4),
    'template', (
      SELECT jsonb_build_object('version', v.version, 'locales', v.locales)
      FROM templates t JOIN template_versions v ON v.template_id = t.id AND v.version = t.current_version
      WHERE t.id = $5
    )
  ) AS facts`;
