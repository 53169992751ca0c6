import type pg from "pg";
import type { Actor } from "../domain/audit.ts";
import type { OnLimit, Priority, Tracking } from "../domain/category.ts";
import type { ChannelWord } from "../domain/channel.ts";
import type { Guarantee } from "../domain/guarantee.ts";
import type { CategoryQuietHours } from "../domain/quiet-hours.ts";
import type { RateLimit } from "../domain/rate-limit.ts";
import { audited } from "./audited.ts";
import { CREATED, type Stored } from "./created.ts";
import type { Category, PrismaClient } from "./generated/client.ts";

export type CategoryFields = {
  channels: ChannelWord[];
  mandatory: boolean;
  guarantee: Guarantee;
  priority: Priority;
  /** Null: never. */
  expiresAfterMs: number | null;
  limits: RateLimit[];
  onLimit: OnLimit;
  quietHours: CategoryQuietHours;
  /** Null: never. */
  dedupWithinMs: number | null;
  tracking: Tracking;
};
export type StoredCategory = CategoryFields & { id: string; createdAt: Date; updatedAt: Date };
export type CategoryStore = ReturnType<typeof createCategoryStore>;

/** Categories are never deleted: notifications refer to them for good. */
export function createCategoryStore(database: { pool: pg.Pool; prisma: PrismaClient }) {
  const { pool, prisma } = database;
  return {
    async put(id: string, fields: CategoryFields, by: Actor): Promise<Stored<StoredCategory>> {
      const values = [
        id,
        fields.channels,
        fields.mandatory,
        fields.guarantee,
        fields.priority,
        fields.expiresAfterMs,
        JSON.stringify(fields.limits),
        fields.onLimit,
        JSON.stringify(fields.quietHours),
        fields.dedupWithinMs,
        fields.tracking.opens,
        fields.tracking.clicks,
      ];
      const { rows } = await audited(pool, by, (connection) =>
        connection.query<{ createdAt: Date; updatedAt: Date; created: boolean }>(PUT, values),
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
  const { channels, guarantee, priority, expiresAfterMs, dedupWithinMs, trackOpens, trackClicks, ...rest } = row;
  return {
    ...rest,
    channels: channels as ChannelWord[],
    guarantee: guarantee as Guarantee,
    priority: priority as Priority,
    expiresAfterMs: expiresAfterMs === null ? null : Number(expiresAfterMs),
    limits: rest.limits as RateLimit[],
    onLimit: rest.onLimit as OnLimit,
    quietHours: rest.quietHours as CategoryQuietHours,
    dedupWithinMs: dedupWithinMs === null ? null : Number(dedupWithinMs),
    tracking: { opens: trackOpens, clicks: trackClicks },
  };
}

const PUT = `
  INSERT INTO categories (id, channels, mandatory, guarantee, priority, expires_after_ms, limits, on_limit,
    quiet_hours, dedup_within_ms, track_opens, track_clicks)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
  ON CONFLICT (id) DO UPDATE
    SET channels = excluded.channels, mandatory = excluded.mandatory, guarantee = excluded.guarantee,
      priority = excluded.priority, expires_after_ms = excluded.expires_after_ms, limits = excluded.limits,
      on_limit = excluded.on_limit, quiet_hours = excluded.quiet_hours,
      dedup_within_ms = excluded.dedup_within_ms, track_opens = excluded.track_opens,
      track_clicks = excluded.track_clicks, updated_at = now()
  RETURNING created_at AS "createdAt", updated_at AS "updatedAt", ${CREATED}`;
