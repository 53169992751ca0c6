import type pg from "pg";

/** What a capped client has used of a day (UTC), in segments. */
export type SmsCap = { client: string; day: string; used: number; cap: number };

export type SmsCaps = ReturnType<typeof createSmsCaps>;

/** How much SMS clients may send on a day. The statement that opens an attempt decides; this only shows it. */
export function createSmsCaps(pool: pg.Pool) {
  return {
    /** Today's, of a client that has a cap; null: of all that have one. */
    async today(clientId: string | null): Promise<SmsCap[]> {
      const { rows } = await pool.query<SmsCap>({ name: "sms-caps", text: TODAYS, values: [clientId] });
      return rows;
    },
  };
}

const TODAYS = `
  SELECT * FROM (
    SELECT c.id AS client, today.day::text AS day, coalesce(u.used, 0) AS used, sms_cap_of(c.id) AS cap
    FROM (SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS day) today
    CROSS JOIN clients c
    LEFT JOIN sms_usage u ON u.day = today.day AND u.client_id = c.id
    WHERE $1::text IS NULL OR c.id = $1
  ) caps
  WHERE cap IS NOT NULL ORDER BY client`;

/**
 * Where a cap is set, what was sent today before it was counts as well, as far as the statistics know it. Ordered as
 * everybody locks these rows who locks several.
 */
export const COUNT_WHAT_WAS_SENT = `
  INSERT INTO sms_usage AS u (day, client_id, used)
  SELECT day, client_id, sum(count)::int FROM (
    SELECT day, client_id, measure, count FROM stat_days
    WHERE client_id = ANY (ARRAY(SELECT id FROM clients)) AND day = (clock_timestamp() AT TIME ZONE 'UTC')::date
    UNION ALL
    SELECT day, client_id, measure, count FROM stat_deltas WHERE day = (clock_timestamp() AT TIME ZONE 'UTC')::date
  ) counts
  WHERE measure = 'segments'
  GROUP BY day, client_id ORDER BY client_id
  ON CONFLICT (day, client_id) DO UPDATE SET used = excluded.used WHERE u.used < excluded.used`;
