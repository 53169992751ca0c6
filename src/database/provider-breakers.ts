import type pg from "pg";
import { BREAKER_POLICY } from "../domain/breaker-policy.ts";

export type CallCounts = { provider: string; epoch: number; calls: number; failures: number };

/** What a probe came to: `released` where it said nothing of the provider, so that the next attempt probes. */
export type ProbeResult = "working" | "failing" | "released";

export type ProviderBreakers = ReturnType<typeof createProviderBreakers>;

/**
 * Whether each provider works, as all workers together see it. Each function is one statement that decides on the locked
 * row; the gate reads it, and gives out the probes (src/database/provider-choice-sql.ts).
 */
export function createProviderBreakers(pool: pg.Pool) {
  return {
    /** Counting needs a row; repeatable. */
    async ensure(provider: string): Promise<void> {
      await pool.query({
        name: "ensure-breaker",
        text: "INSERT INTO provider_breakers (provider) VALUES ($1) ON CONFLICT (provider) DO NOTHING",
        values: [provider],
      });
    },

    /**
     * Adds calls that ended, and opens the breaker where they are too many failures. Calls that began before it last
     * opened or closed are not counted: they say what is known already.
     * @returns what was counted, where this opened it; otherwise null
     */
    async count(counts: CallCounts): Promise<{ calls: number; failures: number } | null> {
      const { windowMs, minFailures, failureShare, failuresInRow, firstProbeAfterMs } = BREAKER_POLICY;
      const { rows } = await pool.query<{ calls: number; failures: number }>({
        name: "count-calls",
        text: COUNT,
        values: [
          counts.provider,
          counts.epoch,
          counts.calls,
          counts.failures,
          ...[windowMs, minFailures, failureShare, failuresInRow, firstProbeAfterMs],
        ],
      });
      return rows[0] ?? null;
    },

    /**
     * Closes the breaker, or says when to try again. Idempotency: the probing attempt is forgotten with it, so that a
     * second call, and a prober whose lease has passed on, change nothing.
     * @returns whether it was closed; null where nothing was changed
     */
    async endProbe(provider: string, attemptId: string, result: ProbeResult): Promise<{ closed: boolean } | null> {
      const { firstProbeAfterMs, maxProbeAfterMs } = BREAKER_POLICY;
      const { rows } = await pool.query<{ closed: boolean }>({
        name: "end-probe",
        text: END_PROBE,
        values: [provider, attemptId, result, firstProbeAfterMs, maxProbeAfterMs],
      });
      return rows[0] ?? null;
    },
  };
}

const COUNT = `
  WITH locked AS MATERIALIZED (
    SELECT *, clock_timestamp() AS at FROM provider_breakers
    WHERE provider = $1 AND epoch = $2 AND state = 'closed'
    FOR UPDATE
  ), fresh AS (
    SELECT *, window_at < at - $5::float8 * interval '1 millisecond' AS starts FROM locked
  ), counted AS (
    SELECT provider, at, epoch,
      CASE WHEN starts THEN at ELSE window_at END AS window_at,
      CASE WHEN starts THEN 0 ELSE calls END + $3::int AS calls,
      CASE WHEN starts THEN 0 ELSE failures END + $4::int AS failures,
      CASE WHEN $4::int < $3::int THEN 0 ELSE streak + $4::int END AS streak
    FROM fresh
  ), judged AS (
    SELECT *, (failures >= $6::int AND failures >= calls * $7::float8) OR streak >= $8::int AS opens FROM counted
  ), updated AS (
    UPDATE provider_breakers b
    SET window_at = j.window_at, calls = j.calls, failures = j.failures, streak = j.streak,
        state = CASE WHEN j.opens THEN 'open' ELSE b.state END,
        epoch = CASE WHEN j.opens THEN b.epoch + 1 ELSE b.epoch END,
        changed_at = CASE WHEN j.opens THEN j.at ELSE b.changed_at END,
        probe_at = CASE WHEN j.opens THEN j.at + $9::float8 * interval '1 millisecond' END,
        failed_probes = 0
    FROM judged j
    WHERE b.provider = j.provider
  ), opening AS (
    INSERT INTO breaker_openings (provider, epoch, opened_at) SELECT provider, epoch + 1, at FROM judged WHERE opens
  )
  SELECT calls, failures FROM judged WHERE opens`;

const END_PROBE = `
  WITH ended AS (
    UPDATE provider_breakers
    SET state = CASE WHEN $3 = 'working' THEN 'closed' ELSE 'open' END,
        epoch = CASE WHEN $3 = 'working' THEN epoch + 1 ELSE epoch END,
        changed_at = CASE WHEN $3 = 'working' THEN clock_timestamp() ELSE changed_at END,
        probe_attempt_id = NULL,
        failed_probes = CASE $3 WHEN 'working' THEN 0 WHEN 'failing' THEN failed_probes + 1 ELSE failed_probes END,
        probe_at = CASE $3
          WHEN 'working' THEN NULL
          WHEN 'released' THEN clock_timestamp()
          ELSE clock_timestamp()
            + least($5::float8, $4::float8 * 2 ^ least(failed_probes + 1, 20)) * interval '1 millisecond' END,
        window_at = clock_timestamp(), calls = 0, failures = 0, streak = 0
    WHERE provider = $1 AND probe_attempt_id = $2
    RETURNING provider, epoch, state
  ), closing AS (
    UPDATE breaker_openings o SET closed_at = greatest(clock_timestamp(), o.opened_at)
    FROM ended e
    WHERE o.provider = e.provider AND o.epoch = e.epoch - 1 AND e.state = 'closed'
  )
  SELECT state = 'closed' AS closed FROM ended`;
