import type pg from "pg";
import type { Actor } from "../domain/audit.ts";
import type { QuietHours } from "../domain/quiet-hours.ts";
import type { RateLimit } from "../domain/rate-limit.ts";
import { audited } from "./audited.ts";
import { COUNT_WHAT_WAS_SENT } from "./sms-caps.ts";

export type Settings = {
  limits: RateLimit[];
  quietHours: QuietHours | null;
  /** ISO 3166-1; null: not said, and the environment decides. */
  smsCountries: string[] | null;
  /** Segments of SMS per client and day (UTC); null: any number. */
  smsDailyCap: number | null;
  /** The same of single clients, which goes before. */
  smsDailyCaps: Record<string, number | null>;
};
export type SettingsStore = ReturnType<typeof createSettingsStore>;

/** What holds for everybody. */
export function createSettingsStore(pool: pg.Pool) {
  return {
    async get(): Promise<Settings> {
      const { rows } = await pool.query<Settings>(
        `SELECT limits, quiet_hours AS "quietHours", sms_countries AS "smsCountries", sms_daily_cap AS "smsDailyCap",
           coalesce(sms_daily_caps, '{}') AS "smsDailyCaps"
         FROM settings`,
      );
      return rows[0] ?? { limits: [], quietHours: null, smsCountries: null, smsDailyCap: null, smsDailyCaps: {} };
    },

    async put({ limits, quietHours, smsCountries, smsDailyCap, smsDailyCaps }: Settings, by: Actor): Promise<void> {
      const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
      const single = Object.keys(smsDailyCaps).length > 0;
      const caps = single ? smsDailyCaps : null;
      const values = [json(limits), json(quietHours), json(smsCountries), smsDailyCap, json(caps)];
      await audited(pool, by, async (connection) => {
        await connection.query(PUT, values);
        if (single || smsDailyCap !== null) await connection.query(COUNT_WHAT_WAS_SENT);
      });
    },
  };
}

const PUT = `
  INSERT INTO settings (limits, quiet_hours, sms_countries, sms_daily_cap, sms_daily_caps) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (id) DO UPDATE
  SET limits = excluded.limits, quiet_hours = excluded.quiet_hours, sms_countries = excluded.sms_countries,
    sms_daily_cap = excluded.sms_daily_cap, sms_daily_caps = excluded.sms_daily_caps, updated_at = now()`;
