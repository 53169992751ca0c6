import type pg from "pg";
import type { Priority } from "../domain/category.ts";
import type { ChannelWord } from "../domain/channel.ts";
import type { Guarantee } from "../domain/guarantee.ts";
import { CREATED, type Stored } from "./created.ts";
import type { Category, PrismaClient } from "./generated/client.ts";

export type CategoryFields = {
  channels: ChannelWord[];
  mandatory: boolean;
  guarantee: Guarantee;
  priority: Priority;
  /** Null: never. */
  expiresAfterMs: number | null;
};
export type StoredCategory = CategoryFields & { id: string; createdAt: Date; updatedAt: Date };
export type CategoryStore = ReturnType<typeof createCategoryStore>;

/** Categories are never deleted: notifications refer to them for good. */
export function createCategoryStore(database: { pool: pg.Pool; prisma: PrismaClient }) {
  const { pool, prisma } = database;
  return {
    async put(id: string, fields: CategoryFields): Promise<Stored<StoredCategory>> {
      const { rows } = await pool.query<{ createdAt: Date; updatedAt: Date; created: boolean }>(
        `INSERT INTO categories (id, channels, mandatory, guarantee, priority, expires_after_ms)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE
           SET channels = excluded.channels, mandatory = excluded.mandatory, guarantee = excluded.guarantee,
             priority = excluded.priority, expires_after_ms = excluded.expires_after_ms, updated_at = now()
         RETURNING created_at AS "createdAt", updated_at AS "updatedAt", ${CREATED}`,
        [id, fields.channels, fields.mandatory, fields.guarantee, fields.priority, fields.expiresAfterMs],
      );
      const [row] = rows;
      if (row === undefined) throw new Error("an upsert always returns its row");
      const { created, ...times } = row;
      return { value: { id, ...fields, ...times }, created };
    },

    async get(id: string): Promise<StoredCategory | null> {
      const row = await prisma.category.findUnique({ where: { id } });
      return row === null ? null : fromRow(row);
    },

    /** By id, after `after`. */
    async list(page: { after: string | null; limit: number }): Promise<StoredCategory[]> {
      const where = page.after === null ? {} : { id: { gt: page.after } };
      const rows = await prisma.category.findMany({ where, orderBy: { id: "asc" }, take: page.limit });
      return rows.map(fromRow);
    },
  };
}

// The table's checks and the only writer, above, hold the columns to these types.
function fromRow(row: Category): StoredCategory {
  const { channels, guarantee, priority, expiresAfterMs, ...rest } = row;
  return {
    ...rest,
    channels: channels as ChannelWord[],
    guarantee: guarantee as Guarantee,
    priority: priority as Priority,
    expiresAfterMs: expiresAfterMs === null ? null : Number(expiresAfterMs),
  };
}
