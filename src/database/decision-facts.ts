import type pg from "pg";
import { z } from "zod";
import { CHANNEL_WORDS, CHANNELS, type ChannelWord } from "../domain/channel.ts";
import type { AllowedCountries } from "../domain/country.ts";
import { reachableChannels } from "../domain/decide-deliveries.ts";
import type { StoredFacts } from "../domain/notification-rules.ts";
import { quietHoursSchema } from "../domain/quiet-hours.ts";
import type { Addressee } from "../domain/recipient.ts";
import type { KeptSettings } from "./kept-settings.ts";

export type DecisionFactsStore = ReturnType<typeof createDecisionFacts>;

const switches = z.record(z.string(), z.partialRecord(z.enum(CHANNEL_WORDS), z.boolean()));

const personalSchema = z.object({
  /** The database's clock, which all decisions go by. */
  now: z.coerce.date(),
  userLocale: z.string().nullable(),
  userTimezone: z.string().nullable(),
  preferences: z.object({ all: z.boolean(), categories: switches, quietHours: quietHoursSchema.nullable() }),
  contacts: z.array(
    z.object({
      id: z.string().nullable(),
      channel: z.enum(CHANNELS),
      primary: z.boolean(),
      active: z.boolean(),
      suppressed: z.boolean(),
      country: z.string().nullable(),
      registeredAt: z.coerce.date(),
    }),
  ),
});
type Category = NonNullable<Awaited<ReturnType<KeptSettings["category"]>>>;
export type LoadedFacts = z.infer<typeof personalSchema> & StoredFacts & { category: Category };

/**
 * Everything a decision looks at: what is the user's own is read by one statement at one moment, what is everybody's
 * may have been read before. Addresses stay in the database.
 * @param smsCountriesByDefault where SMS may go to as long as the settings do not say
 */
export function createDecisionFacts(pool: pg.Pool, kept: KeptSettings, smsCountriesByDefault: AllowedCountries) {
  return {
    /**
     * An unknown user has no contacts, which is what the decision then says. Nor has, for what was accepted before,
     * somebody who was erased since, whoever has that ID by now.
     * @throws {Error} when the category or the template version does not exist: neither is ever deleted
     */
    async load(
      request: Addressee & {
        /** Of the notification, by the database's clock; null: it is only asked about. */
        acceptedAt: Date | null;
        categoryId: string;
        /** Contacts of other channels are not read; null: of all that the category has. */
        channels: readonly ChannelWord[] | null;
        template: { id: string; version: number };
      },
    ): Promise<LoadedFacts> {
      const { userId, inline, acceptedAt, categoryId, template } = request;
      const [category, version, settings] = await Promise.all([
        kept.category(categoryId),
        kept.templateVersion(template.id, template.version),
        kept.settings(),
      ]);
      if (category === null || version === null) {
        throw new Error(
          `category ${categoryId} or version ${template.version} of template ${template.id} is gone from the database`,
        );
      }
      const channels = reachableChannels(category.channels, request.channels).flatMap((group) => group.channels);
      const { rows } = await pool.query<{ facts: unknown }>({
        name: "decision-facts",
        text: FACTS,
        values: [
          userId,
          inline?.channel ?? null,
          inline?.addressHash ?? null,
          inline?.country ?? null,
          channels,
          acceptedAt,
        ],
      });
      return {
        ...personalSchema.parse(rows[0]?.facts),
        category,
        settings: { ...settings, smsCountries: settings.smsCountries ?? smsCountriesByDefault },
        templateKinds: version.kinds,
      };
    },
  };
}

/** JSON, not JSONB: nobody asks the database about it, and making it for fifty contacts takes half the time. */
const FACTS = `
  SELECT json_build_object(
    'now', clock_timestamp(),
    'userLocale', u.locale,
    'userTimezone', u.timezone,
    'preferences', json_build_object('all', coalesce(p."all", true), 'categories', coalesce(p.categories, '{}'),
      'quietHours', p.quiet_hours),
    'contacts', CASE WHEN $2::text IS NULL THEN (
      SELECT coalesce(json_agg(contact), '[]')
      FROM (
        SELECT c.id, c.channel, c."primary", c.deactivated_at IS NULL AS active, s.reason IS NOT NULL AS suppressed,
          c.country, c.registered_at AS "registeredAt"
        FROM contacts c
        LEFT JOIN suppressions s ON s.channel = c.channel AND s.address_hash = c.address_hash
        WHERE c.user_id = $1 AND c.channel = ANY($5::text[])
          AND NOT EXISTS (SELECT FROM erasures e WHERE e.user_id = $1 AND e.at > $6::timestamptz)
        ORDER BY c.registered_at, c.id
      ) contact
    ) ELSE json_build_array(json_build_object('id', NULL, 'channel', $2::text, 'primary', true, 'active', true,
      'country', $4::text, 'registeredAt', now(), 'suppressed', EXISTS (
        SELECT FROM suppressions s WHERE s.channel = $2 AND s.address_hash = decode($3, 'hex')))) END
  ) AS facts
  FROM (SELECT $1::text AS id) asked
  LEFT JOIN users u ON u.id = asked.id
  LEFT JOIN preferences p ON p.user_id = u.id`;
