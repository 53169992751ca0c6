import type pg from "pg";
import type { Actor } from "../domain/audit.ts";
import type { QuietHours } from "../domain/quiet-hours.ts";
import type { RateLimit } from "../domain/rate-limit.ts";
import { audited } from "./audited.ts";

export type Settings = {
  limits: RateLimit[];
  quietHours: QuietHours | null;
  /** ISO 3166-1; null: not said, and the environment decides. */
  smsCountries: string[] | null;
};
export type SettingsStore = ReturnType<typeof createSettingsStore>;

/** What holds for everybody. */
export function createSettingsStore(pool: pg.Pool) {
  return {
    async get(): Promise<Settings> {
      const { rows } = await pool.query<Settings>(
        `SELECT limits, quiet_hours AS "quietHours", sms_countries AS "smsCountries" FROM settings`,
      );
      return rows[0] ?? { limits: [], quietHours: null, smsCountries: null };
    },

    async put({ limits, quietHours, smsCountries }: Settings, by: Actor): Promise<void> {
      const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
      const values = [json(limits), json(quietHours), json(smsCountries)];
      await audited(pool, by, (connection) => connection.query(PUT, values));
    },
  };
}

const PUT = `
  INSERT INTO settings (limits, quiet_hours, sms_countries) VALUES ($1, $2, $3)
  ON CONFLICT (id) DO UPDATE
  SET limits = excluded.limits, quiet_hours = excluded.quiet_hours, sms_countries = excluded.sms_countries,
    updated_at = now()`;
