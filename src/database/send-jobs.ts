import type pg from "pg";
import { z } from "zod";
import type { Tracking } from "../domain/category.ts";
import { CHANNELS } from "../domain/channel.ts";
import { GUARANTEES } from "../domain/guarantee.ts";
import { DELIVERY_STATUSES, NOTIFICATION_STATUSES } from "../domain/status.ts";
import type { TemplateLocales } from "../domain/template.ts";
import type { KeptSettings } from "./kept-settings.ts";

/** What a send needs to know of its delivery. Personal data: it stays inside the activity. */
export type SendJob = z.infer<typeof jobSchema> & {
  locales: TemplateLocales;
  /** As its category says now, and so is `mandatory`. */
  tracking: Tracking;
};

const jobSchema = z.object({
  notificationId: z.string(),
  clientId: z.string(),
  eventId: z.string(),
  generation: z.number(),
  notificationStatus: z.enum(NOTIFICATION_STATUSES),
  notificationFinal: z.boolean(),
  guarantee: z.enum(GUARANTEES),
  mandatory: z.boolean(),
  priority: z.enum(["high", "normal", "low"]),
  locale: z.string().nullable(),
  categoryId: z.string(),
  template: z.object({ id: z.string(), version: z.number() }),
  expiresAt: z.date().nullable(),
  /** When it was last decided that it may be sent. */
  decidedAt: z.date(),
  /** To which the notification still goes, this delivery's among them. */
  openChannels: z.array(z.enum(CHANNELS)),
  /** An attempt was opened, of this delivery or of another one of the notification; since the last replay. */
  notificationAttempted: z.boolean(),
  /** Hex; what the address is known by. */
  addressHash: z.string().nullable(),
  /** Of this delivery, since the last replay. */
  firstAttemptAt: z.date().nullable(),
  /** Of `attempts`, those that were made before the last replay: retries count from there. */
  attemptsBefore: z.number(),
  deliveryId: z.string(),
  deliveryStatus: z.enum(DELIVERY_STATUSES),
  channel: z.enum(CHANNELS),
  attempts: z.number(),
  /** Whose the last attempt was, and whether it is not known if that took the message. */
  lastProvider: z.string().nullable(),
  lastInDoubt: z.boolean(),
  openAttemptId: z.string().nullable(),
  openAttemptAgeMs: z.number().nullable(),
  /** Null where the contact is gone: the gate then says so. */
  contact: z.object({ id: z.string().nullable(), address: z.string(), app: z.string().nullable() }).nullable(),
  /** Null: the request brought the address. */
  user: z
    .object({
      id: z.string(),
      locale: z.string().nullable(),
      timezone: z.string().nullable(),
      attributes: z.record(z.string(), z.unknown()),
    })
    .nullable(),
  data: z.record(z.string(), z.unknown()),
  /** What is held back or slowed down, of this channel and of any provider. */
  channelRate: z.number().nullable(),
  providerControls: z.array(
    z.object({ provider: z.string(), paused: z.boolean(), ratePerSecond: z.number().nullable() }),
  ),
  /** Providers that are taken for broken. */
  openBreakers: z.array(z.object({ provider: z.string(), breaker: z.enum(["open", "probe"]), openForMs: z.number() })),
  /** What providers have said of this delivery. */
  setbacks: z.array(
    z.object({
      provider: z.string(),
      refused: z.boolean(),
      calls: z.number(),
      setbacks: z.number(),
      againAt: z.coerce.date(),
    }),
  ),
  now: z.date(),
});

export type SendJobs = ReturnType<typeof createSendJobs>;

export function createSendJobs(pool: pg.Pool, kept: Pick<KeptSettings, "templateVersion" | "category">) {
  return {
    /** Null where there is no such delivery (any more), e.g. after its user was erased. */
    async load(deliveryId: string): Promise<SendJob | null> {
      const { rows } = await pool.query({ name: "load-send-job", text: LOAD, values: [deliveryId] });
      if (rows[0] === undefined) return null;
      const job = jobSchema.parse(rows[0]);
      const [template, category] = await Promise.all([
        kept.templateVersion(job.template.id, job.template.version),
        kept.category(job.categoryId),
      ]);
      if (template === null) throw new Error(`a version of template ${job.template.id} is gone from the database`);
      const { mandatory, tracking } = category ?? { mandatory: job.mandatory, tracking: UNTRACKED };
      return { ...job, locales: template.locales, mandatory, tracking };
    },
  };
}

const UNTRACKED: Tracking = { opens: false, clicks: false };

const LOAD = `
  SELECT n.id AS "notificationId", n.client_id AS "clientId", n.event_id AS "eventId", n.generation,
    n.status AS "notificationStatus", n.final_at IS NOT NULL AS "notificationFinal", n.guarantee, n.mandatory, n.priority,
    coalesce(n.locale, u.locale) AS locale,
    n.category_id AS "categoryId", jsonb_build_object('id', n.template_id, 'version', n.template_version) AS template,
    n.expires_at AS "expiresAt", n.decided_at AS "decidedAt",
    CASE WHEN n.replay_generation IS NULL THEN n.first_attempt_at IS NOT NULL ELSE EXISTS (
      SELECT FROM attempts o JOIN deliveries s ON s.id = o.delivery_id
      WHERE s.notification_id = n.id AND o.generation >= n.replay_generation
    ) END AS "notificationAttempted",
    (SELECT coalesce(jsonb_agg(DISTINCT o.channel), '[]') FROM deliveries o
     WHERE o.notification_id = n.id AND o.status IN ('pending', 'sending')) AS "openChannels",
    encode(d.address_hash, 'hex') AS "addressHash", before.attempts AS "attemptsBefore",
    (SELECT opened_at FROM attempts WHERE delivery_id = d.id AND number = before.attempts + 1) AS "firstAttemptAt",
    d.id AS "deliveryId", d.status AS "deliveryStatus", d.channel, d.attempts, d.provider AS "lastProvider",
    EXISTS (SELECT FROM attempts WHERE delivery_id = d.id AND number = d.attempts AND outcome = 'unknown') AS "lastInDoubt",
    d.open_attempt_id AS "openAttemptId",
    extract(epoch FROM clock_timestamp() - a.opened_at)::float8 * 1000 AS "openAttemptAgeMs",
    CASE WHEN c.id IS NOT NULL THEN jsonb_build_object('id', c.id, 'address', c.address, 'app', c.app)
         WHEN n.user_id IS NULL AND d.contact_id IS NULL AND x.request IS NOT NULL THEN jsonb_build_object('id', NULL,
           'address', coalesce(x.request #>> '{to,email}', x.request #>> '{to,phone}', x.request #>> '{to,deviceToken}'),
           'app', x.request #>> '{to,app}') END AS contact,
    CASE WHEN n.user_id IS NOT NULL THEN jsonb_build_object('id', n.user_id, 'locale', u.locale, 'timezone', u.timezone,
      'attributes', coalesce(u.attributes, '{}')) END AS "user",
    coalesce(x.request -> 'data', '{}') AS data,
    (SELECT rate_per_second FROM channel_controls o WHERE o.channel = d.channel) AS "channelRate",
    (SELECT coalesce(jsonb_agg(jsonb_build_object('provider', provider, 'paused', paused,
       'ratePerSecond', rate_per_second)), '[]') FROM provider_controls) AS "providerControls",
    (SELECT coalesce(jsonb_agg(jsonb_build_object('provider', provider,
       'breaker', CASE WHEN probe_at > clock_timestamp() THEN 'open' ELSE 'probe' END,
       'openForMs', (extract(epoch FROM clock_timestamp() - changed_at) * 1000)::float8)), '[]')
     FROM provider_breakers WHERE state = 'open') AS "openBreakers",
    (SELECT coalesce(jsonb_agg(jsonb_build_object('provider', provider, 'refused', refused, 'calls', calls,
       'setbacks', setbacks, 'againAt', again_at)), '[]')
     FROM provider_setbacks s WHERE s.delivery_id = d.id) AS setbacks,
    clock_timestamp() AS now
  FROM deliveries d
  JOIN notifications n ON n.id = d.notification_id
  CROSS JOIN LATERAL (
    SELECT CASE WHEN n.replay_generation IS NULL THEN 0 ELSE (
      SELECT count(*)::int FROM attempts WHERE delivery_id = d.id AND generation < n.replay_generation
    ) END AS attempts
  ) before
  LEFT JOIN attempts a ON a.id = d.open_attempt_id
  LEFT JOIN notification_contents x ON x.notification_id = n.id
  LEFT JOIN contacts c ON c.id = d.contact_id AND c.user_id = n.user_id
  LEFT JOIN users u ON u.id = n.user_id
  WHERE d.id = $1`;
