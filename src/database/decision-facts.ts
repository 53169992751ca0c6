import type pg from "pg";
import { z } from "zod";
import { ON_LIMIT } from "../domain/category.ts";
import { type Channel, CHANNEL_WORDS, CHANNELS, CONTENT_KINDS } from "../domain/channel.ts";
import type { AllowedCountries } from "../domain/country.ts";
import { GUARANTEES } from "../domain/guarantee.ts";
import type { StoredFacts } from "../domain/notification-rules.ts";
import { categoryQuietHoursSchema, quietHoursSchema } from "../domain/quiet-hours.ts";
import { rateLimitSchema } from "../domain/rate-limit.ts";

export type DecisionFactsStore = ReturnType<typeof createDecisionFacts>;

const switches = z.record(z.string(), z.partialRecord(z.enum(CHANNEL_WORDS), z.boolean()));

const factsSchema = z.object({
  /** The database's clock, which all decisions go by. */
  now: z.coerce.date(),
  category: z.object({
    id: z.string(),
    channels: z.array(z.enum(CHANNEL_WORDS)),
    mandatory: z.boolean(),
    guarantee: z.enum(GUARANTEES),
    priority: z.enum(["high", "normal", "low"]),
    expiresAfterMs: z.number().nullable(),
    limits: z.array(rateLimitSchema),
    onLimit: z.enum(ON_LIMIT),
    quietHours: categoryQuietHoursSchema,
    dedupWithinMs: z.number().nullable(),
  }),
  settings: z.object({
    limits: z.array(rateLimitSchema),
    quietHours: quietHoursSchema.nullable(),
    smsCountries: z.array(z.string()).nullable(),
  }),
  /** Per locale of the template, what it has text for. */
  templateKinds: z.record(z.string(), z.array(z.enum(CONTENT_KINDS))),
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
export type LoadedFacts = z.infer<typeof factsSchema> & StoredFacts;

/**
 * Everything a decision looks at, read at one moment by one statement. Addresses stay in the database.
 * @param smsCountriesByDefault where SMS may go to as long as the settings do not say
 */
export function createDecisionFacts(pool: pg.Pool, smsCountriesByDefault: AllowedCountries) {
  return {
    /**
     * An unknown user has no contacts, which is what the decision then says.
     * @throws {Error} when the category or the template version does not exist: neither is ever deleted
     */
    async load(request: {
      /** Null: the request brings an address. */
      userId: string | null;
      /** `addressHash` in hex; the country of a phone number. */
      inline: { channel: Channel; addressHash: string; country: string | null } | null;
      categoryId: string;
      template: { id: string; version: number };
    }): Promise<LoadedFacts> {
      const { rows } = await pool.query<{ facts: unknown }>({
        name: "decision-facts",
        text: FACTS,
        values: [
          request.userId,
          request.categoryId,
          request.template.id,
          request.template.version,
          request.inline?.channel ?? null,
          request.inline?.addressHash ?? null,
          request.inline?.country ?? null,
          JSON.stringify(smsCountriesByDefault),
        ],
      });
      if (rows[0] === undefined) {
        throw new Error(
          `category ${request.categoryId} or version ${request.template.version} of template ${request.template.id} is gone from the database`,
        );
      }
      return factsSchema.parse(rows[0].facts);
    },
  };
}

const FACTS = `
  SELECT jsonb_build_object(
    'now', clock_timestamp(),
    'category', jsonb_build_object('id', k.id, 'channels', k.channels, 'mandatory', k.mandatory,
      'guarantee', k.guarantee, 'priority', k.priority, 'expiresAfterMs', k.expires_after_ms,
      'limits', k.limits, 'onLimit', k.on_limit, 'quietHours', k.quiet_hours, 'dedupWithinMs', k.dedup_within_ms),
    'settings', coalesce((SELECT jsonb_build_object('limits', limits, 'quietHours', quiet_hours,
        'smsCountries', coalesce(sms_countries, $8)) FROM settings),
      jsonb_build_object('limits', '[]'::jsonb, 'quietHours', NULL, 'smsCountries', $8::jsonb)),
    'templateKinds', (
      SELECT jsonb_object_agg(locale.key, (SELECT jsonb_agg(kind) FROM jsonb_object_keys(locale.value) AS kind))
      FROM jsonb_each(v.locales) AS locale
    ),
    'userLocale', u.locale,
    'userTimezone', u.timezone,
    'preferences', jsonb_build_object('all', coalesce(p."all", true), 'categories', coalesce(p.categories, '{}'),
      'quietHours', p.quiet_hours),
    'contacts', CASE WHEN $5::text IS NULL THEN (
      SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'channel', c.channel, 'primary', c."primary",
        'active', c.deactivated_at IS NULL, 'suppressed', s.reason IS NOT NULL, 'country', c.country,
        'registeredAt', c.registered_at)
        ORDER BY c.registered_at, c.id), '[]')
      FROM contacts c
      LEFT JOIN suppressions s ON s.channel = c.channel AND s.address_hash = c.address_hash
      WHERE c.user_id = $1
    ) ELSE jsonb_build_array(jsonb_build_object('id', NULL, 'channel', $5::text, 'primary', true, 'active', true,
      'country', $7::text, 'registeredAt', now(), 'suppressed', EXISTS (
        SELECT FROM suppressions s WHERE s.channel = $5 AND s.address_hash = decode($6, 'hex')))) END
  ) AS facts
  FROM categories k
  JOIN template_versions v ON v.template_id = $3 AND v.version = $4
  LEFT JOIN users u ON u.id = $1
  LEFT JOIN preferences p ON p.user_id = u.id
  WHERE k.id = $2`;
