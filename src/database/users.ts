import type pg from "pg";
import { CREATED, type Stored } from "./created.ts";
import type { PrismaClient } from "./generated/client.ts";

export type UserFields = { locale: string | null; timezone: string | null; attributes: Record<string, unknown> };
export type StoredUser = UserFields & { id: string; createdAt: Date; updatedAt: Date };
export type UserStore = ReturnType<typeof createUserStore>;

export function createUserStore(database: { pool: pg.Pool; prisma: PrismaClient }) {
  const { pool, prisma } = database;
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

    /** With contacts and preferences; repeatable. */
    async delete(id: string): Promise<void> {
      await prisma.user.deleteMany({ where: { id } });
    },
  };
}
