import type pg from "pg";
import { type Dimension, type Measure, MEASURES } from "../domain/stats.ts";

export type StatsQuestion = {
  /** Null: of every client. */
  clientId: string | null;
  /** Days (UTC), both counted, as YYYY-MM-DD. */
  from: string;
  to: string;
  /** What counts are told apart by: at least one thing, each once. */
  by: readonly Dimension[];
  limit: number;
};

/** Null where there is none: a count before a provider was chosen has none, for instance. */
export type StatsRow = Record<Measure, number> & {
  day?: string;
  category?: string;
  template?: { id: string; version: number };
  channel?: string | null;
  provider?: string | null;
  reason?: string | null;
};

export type Stats = ReturnType<typeof createStats>;

/** Counts by day. Triggers write them as small rows; folding keeps few large ones of them. */
export function createStats(pool: pg.Pool) {
  return {
    /**
     * Folds at most `limit` of the small rows. One statement, so that each of them counts once whenever this dies;
     * repeatable, and several at once take different ones.
     * @returns how many it took
     */
    async fold(limit: number): Promise<number> {
      const { rows } = await pool.query<{ taken: number }>({ name: "fold-stats", text: FOLD, values: [limit] });
      return rows[0]?.taken ?? 0;
    },

    /** The counts of these days as they are now, in the order of what they are told apart by. */
    async read({ clientId, from, to, by, limit }: StatsQuestion): Promise<StatsRow[]> {
      const { rows } = await pool.query<StatsRow>(readSql(by), [clientId, from, to, limit]);
      return rows;
    },
  };
}

const KEY = "client_id, day, category_id, template_id, template_version, channel, provider, measure, reason";

// In the order of the key, so that two of them wait for one another instead of in a circle.
const FOLD = `
  WITH taken AS (
    DELETE FROM stat_deltas
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM stat_deltas LIMIT $1 FOR UPDATE SKIP LOCKED))
    RETURNING ${KEY}, count
  ), folded AS (
    INSERT INTO stat_days AS s (${KEY}, count)
    SELECT ${KEY}, sum(count) FROM taken GROUP BY ${KEY} ORDER BY ${KEY}
    ON CONFLICT (${KEY}) DO UPDATE SET count = s.count + excluded.count
  )
  SELECT count(*)::int AS taken FROM taken`;

/** What a dimension is grouped by, and how it is shown. */
const COLUMNS: Record<Dimension, { columns: string; shown: string }> = {
  day: { columns: "day", shown: "day::text" },
  category: { columns: "category_id", shown: "category_id" },
  template: {
    columns: "template_id, template_version",
    shown: "jsonb_build_object('id', template_id, 'version', template_version)",
  },
  channel: { columns: "channel", shown: "nullif(channel, '')" },
  provider: { columns: "provider", shown: "nullif(provider, '')" },
  reason: { columns: "reason", shown: "nullif(reason, '')" },
};

/** Both tables in one statement, so that what is being folded is seen in one of them, and never in both. */
export function readSql(by: readonly Dimension[]): string {
  const columns = by.map((dimension) => COLUMNS[dimension].columns).join(", ");
  const shown = by.map((dimension) => `${COLUMNS[dimension].shown} AS ${dimension}`);
  // As a double, which is exact up to 2^53, since the driver gives 64-bit integers as text.
  const sums = MEASURES.map(
    (measure) => `coalesce(sum(count) FILTER (WHERE measure = '${measure}'), 0)::float8 AS ${measure}`,
  );
  const clients = "CASE WHEN $1::text IS NULL THEN ARRAY(SELECT id FROM clients) ELSE ARRAY[$1::text] END";
  const ofThese = `client_id = ANY (${clients}) AND day BETWEEN $2::date AND $3::date`;
  return `
    SELECT ${[...shown, ...sums].join(", ")}
    FROM (
      SELECT ${KEY}, count FROM stat_days WHERE ${ofThese}
      UNION ALL
      SELECT ${KEY}, count FROM stat_deltas WHERE ${ofThese}
    ) counts
    GROUP BY ${columns} ORDER BY ${columns}
    LIMIT $4`;
}
