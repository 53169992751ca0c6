import type pg from "pg";
import type { Actor } from "../domain/audit.ts";
import { audited } from "./audited.ts";
import { CREATED, type Stored } from "./created.ts";
import { createErasures } from "./erasures.ts";
import type { PrismaClient } from "./generated/client.ts";

export type UserFields = { locale: string | null; timezone: string | null; attributes: Record<string, unknown> };
export type StoredUser = UserFields & { id: string; createdAt: Date; updatedAt: Date };
export type UserStore = ReturnType<typeof createUserStore>;

export function createUserStore(database: { pool: pg.Pool; prisma: PrismaClient }) {
  const { pool, prisma } = database;
  const erasures = createErasures(pool);
  return {
    async put(id: string, fields: UserFields): Promise<Stored<StoredUser>> {
      const { rows } = await pool.query<StoredUser & { created: boolean }>(
        `INSERT INTO users (id, locale, timezone, attributes) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE
           SET locale = excluded.locale, timezone = excluded.timezone, attributes = excluded.attributes, updated_at = now()
         RETURNING id, locale, timezone, attributes, created_at AS "createdAt", updated_at AS "updatedAt", ${CREATED}`,
        [id, fields.locale, fields.timezone, JSON.stringify(fields.attributes)],
      );
      const [row] = rows;
      if (row === undefined) throw new Error("an upsert always returns its row");
      const { created, ...value } = row;
      return { value, created };
    },

    async get(id: string): Promise<StoredUser | null> {
      const user = await prisma.user.findUnique({ where: { id } });
      return user === null ? null : { ...user, attributes: user.attributes as Record<string, unknown> };
    },

    /**
     * Erases the user: contacts, preferences, topics and attributes at once, then the variables of notifications to
     * them. What waits to be sent finds no contact any more. Suppressions stay, as hashes. Repeatable; where it is broken
     * off after the deletion, repair goes on.
     */
    async delete(id: string, by: Actor): Promise<void> {
      await audited(pool, by, (connection) => connection.query("DELETE FROM users WHERE id = $1", [id]));
      while (await erasures.clearPage(id));
    },
  };
}
