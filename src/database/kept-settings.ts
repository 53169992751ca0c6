import type pg from "pg";
import { z } from "zod";
import { ON_LIMIT, trackingSchema } from "../domain/category.ts";
import { CHANNEL_WORDS, CONTENT_KINDS, type ContentKind } from "../domain/channel.ts";
import { GUARANTEES } from "../domain/guarantee.ts";
import { categoryQuietHoursSchema, quietHoursSchema } from "../domain/quiet-hours.ts";
import { rateLimitSchema } from "../domain/rate-limit.ts";
import { type TemplateLocales, templateLocalesSchema } from "../domain/template.ts";
import { type Cache, createCache, type Freshness } from "./cache.ts";

const categorySchema = z.object({
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
  tracking: trackingSchema,
});
const settingsSchema = z.object({
  limits: z.array(rateLimitSchema),
  quietHours: quietHoursSchema.nullable(),
  /** Null: not said. */
  smsCountries: z.array(z.string()).nullable(),
});
const userSchema = z.object({
  id: z.string(),
  locale: z.string().nullable(),
  timezone: z.string().nullable(),
  attributes: z.record(z.string(), z.unknown()),
});

/** A version of a template, which never changes. */
export type KeptVersion = { version: number; locales: TemplateLocales; kinds: Record<string, ContentKind[]> };

export type Kept = "users" | "categories" | "templates" | "template_versions" | "settings";

/** Entries of a process at most. Users are many and rarely asked for twice; of the others few have more. */
const MAX: Record<Kept, number> = {
  users: 10_000,
  categories: 1_000,
  templates: 1_000,
  template_versions: 300,
  settings: 1,
};
const NEVER_CHANGES: Freshness = { now: () => 0, isFresh: () => true };

export type KeptSettings = ReturnType<typeof createKeptSettings>;

/**
 * What everything asks for and hardly anybody changes, kept in memory for as long as `freshness` trusts it. Preferences,
 * suppressions, contacts and keys are not here: what somebody has just said no to must count at once.
 */
export function createKeptSettings(
  pool: pg.Pool,
  options: { freshness: Freshness; counted: (cache: Kept, result: "hit" | "miss") => void },
) {
  const one = async (name: string, text: string, values: unknown[]): Promise<unknown> => {
    const { rows } = await pool.query<{ value: unknown }>({ name, text, values });
    return rows[0]?.value ?? null;
  };
  const keep = <V extends object>(
    name: Kept,
    load: (key: string) => Promise<V | null>,
    freshness = options.freshness,
  ): Cache<V> => createCache({ max: MAX[name], load, freshness, counted: (result) => options.counted(name, result) });

  const users = keep("users", async (id) => userSchema.nullable().parse(await one("keep-user", USER, [id])));
  const categories = keep("categories", async (id) =>
    categorySchema.nullable().parse(await one("keep-category", CATEGORY, [id])),
  );
  const settings = keep("settings", async () => settingsSchema.parse(await one("keep-settings", SETTINGS, [])));
  const templates = keep("templates", async (id) => {
    const current = await one("keep-template", "SELECT current_version AS value FROM templates WHERE id = $1", [id]);
    return current === null ? null : { currentVersion: z.number().parse(current) };
  });
  const versions = keep("template_versions", loadVersion, NEVER_CHANGES);
  const changing = { users, categories, templates, settings };

  async function loadVersion(key: string): Promise<KeptVersion | null> {
    const [id, version] = z.tuple([z.string(), z.number()]).parse(JSON.parse(key));
    const stored = await one("keep-template-version", VERSION, [id, version]);
    if (stored === null) return null;
    const locales = templateLocalesSchema.parse(stored);
    return { version, locales, kinds: kindsOf(locales) };
  }

  const version = (id: string, number: number) => versions.get(JSON.stringify([id, number]));
  return {
    user: (id: string) => users.get(id),
    category: (id: string) => categories.get(id),
    templateVersion: version,
    async currentTemplate(id: string): Promise<KeptVersion | null> {
      const template = await templates.get(id);
      return template === null ? null : version(id, template.currentVersion);
    },
    async settings() {
      const found = await settings.get("");
      if (found === null) throw new Error("settings have their defaults where there are none");
      return found;
    },
    /** As a change listener says it. What it names and is not kept here is no matter. */
    forget(table: string | null, id: string | null): void {
      for (const [name, cache] of Object.entries(changing)) {
        if (table !== null && table !== name) continue;
        if (id === null) cache.forgetAll();
        else cache.forget(id);
      }
    },
  };
}

function kindsOf(locales: TemplateLocales): KeptVersion["kinds"] {
  return Object.fromEntries(
    Object.entries(locales).map(([locale, content]) => [
      locale,
      CONTENT_KINDS.filter((kind) => content[kind] !== undefined),
    ]),
  );
}

const USER = `
  SELECT jsonb_build_object('id', id, 'locale', locale, 'timezone', timezone, 'attributes', attributes) AS value
  FROM users WHERE id = $1`;

const CATEGORY = `
  SELECT jsonb_build_object('id', id, 'channels', channels, 'mandatory', mandatory, 'guarantee', guarantee,
    'priority', priority, 'expiresAfterMs', expires_after_ms, 'limits', limits, 'onLimit', on_limit,
    'quietHours', quiet_hours, 'dedupWithinMs', dedup_within_ms,
    'tracking', jsonb_build_object('opens', track_opens, 'clicks', track_clicks)) AS value
  FROM categories WHERE id = $1`;

const VERSION = `SELECT locales AS value FROM template_versions WHERE template_id = $1 AND version = $2`;

const SETTINGS = `
  SELECT coalesce((SELECT jsonb_build_object('limits', limits, 'quietHours', quiet_hours,
    'smsCountries', sms_countries) FROM settings), '{"limits": [], "quietHours": null, "smsCountries": null}') AS value`;
