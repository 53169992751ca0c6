import type pg from "pg";
import type { QuietHours } from "../domain/quiet-hours.ts";
import type { RateLimit } from "../domain/rate-limit.ts";

export type Settings = {
  limits: RateLimit[];
  quietHours: QuietHours | null;
};
export type SettingsStore = ReturnType<typeof createSettingsStore>;

/** What holds for everybody. */
export function createSettingsStore(pool: pg.Pool) {
  return {
    async get(): Promise<Settings> {
      const { rows } = await pool.query<Settings>(`SELECT limits, quiet_hours AS "quietHours" FROM settings`);
      return rows[0] ?? { limits: [], quietHours: null };
    },

    async put({ limits, quietHours }: Settings): Promise<void> {
      await pool.query(
        `INSERT INTO settings (limits, quiet_hours) VALUES ($1, $2)
         ON CONFLICT (id) DO UPDATE
         SET limits = excluded.limits, quiet_hours = excluded.quiet_hours, updated_at = now()`,
        [JSON.stringify(limits), quietHours === null ? null : JSON.stringify(quietHours)],
      );
    },
  };
}
