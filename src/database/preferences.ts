import type pg from "pg";
import type { PreferencesBody } from "../domain/preferences.ts";
import type { QuietHours } from "../domain/quiet-hours.ts";
import type { Stored } from "./created.ts";
import { CREATED } from "./created.ts";
import type { PrismaClient } from "./generated/client.ts";

/** Until a user chooses, everything is on, and there is no time of change. */
export type StoredPreferences = PreferencesBody & { updatedAt: Date | null };
export type PreferencesStore = ReturnType<typeof createPreferencesStore>;

export function createPreferencesStore(database: { pool: pg.Pool; prisma: PrismaClient }) {
  const { pool, prisma } = database;
  return {
    /** Null: there is no such user. */
    async put(userId: string, body: PreferencesBody): Promise<Stored<StoredPreferences> | null> {
      // The lock keeps the user from being deleted between being found and being referred to.
      const { rows } = await pool.query<{ updatedAt: Date; created: boolean }>(
        `INSERT INTO preferences (user_id, "all", quiet_hours, categories)
         SELECT id, $2, $3, $4 FROM users WHERE id = $1 FOR KEY SHARE
         ON CONFLICT (user_id) DO UPDATE
           SET "all" = excluded."all", quiet_hours = excluded.quiet_hours, categories = excluded.categories,
             updated_at = now()
         RETURNING updated_at AS "updatedAt", ${CREATED}`,
        [
          userId,
          body.all,
          body.quietHours === null ? null : JSON.stringify(body.quietHours),
          JSON.stringify(body.categories),
        ],
      );
      const [row] = rows;
      return row === undefined ? null : { value: { ...body, updatedAt: row.updatedAt }, created: row.created };
    },

    /** Null: there is no such user. */
    async get(userId: string): Promise<StoredPreferences | null> {
      const user = await prisma.user.findUnique({ where: { id: userId }, select: { preferences: true } });
      if (user === null) return null;
      if (user.preferences === null) return { all: true, quietHours: null, categories: {}, updatedAt: null };
      const { all, quietHours, categories, updatedAt } = user.preferences;
      return {
        all,
        quietHours: quietHours as QuietHours | null,
        categories: categories as PreferencesBody["categories"],
        updatedAt,
      };
    },
  };
}
