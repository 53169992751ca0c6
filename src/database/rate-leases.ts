import type pg from "pg";

export type RateLeases = ReturnType<typeof createRateLeases>;

/** The time in which rated calls may be made, leased in slices; the workers of all processes share a bucket. */
export function createRateLeases(pool: pg.Pool) {
  return {
    /**
     * Takes the next free `sliceMs` milliseconds of the bucket's time, for good: what is not used is lost.
     * @returns in how many milliseconds the slice begins; null, taking nothing, where that is beyond `horizonMs`
     */
    async lease(bucket: string, sliceMs: number, horizonMs: number): Promise<number | null> {
      const { rows } = await pool.query<{ startsInMs: number }>({
        name: "lease-rate",
        text: LEASE,
        values: [bucket, sliceMs, horizonMs],
      });
      return rows[0] === undefined ? null : Math.max(0, rows[0].startsInMs);
    },
  };
}

const LEASE = `
  INSERT INTO rate_leases AS l (bucket, next_at)
  VALUES ($1, clock_timestamp() + $2::float8 * interval '1 millisecond')
  ON CONFLICT (bucket) DO UPDATE
  SET next_at = greatest(l.next_at, clock_timestamp()) + $2::float8 * interval '1 millisecond'
  WHERE l.next_at <= clock_timestamp() + $3::float8 * interval '1 millisecond'
  RETURNING (extract(epoch FROM next_at - clock_timestamp()) * 1000 - $2::float8)::float8 AS "startsInMs"`;
