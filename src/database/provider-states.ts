import type pg from "pg";
import type { ProviderFacts } from "../domain/choose-provider.ts";

/** What an operator has switched, and what the workers have found, about one provider. */
export type ProviderState = {
  provider: string;
  paused: boolean;
  /** Calls of all workers together; null: no limit. */
  ratePerSecond: number | null;
  breaker: ProviderFacts["breaker"];
  /** An attempt is just finding out whether it works again. */
  probing: boolean;
  /** Since when the breaker is as it is; null: it was never open. */
  since: Date | null;
  /** From when on an attempt may probe; null where the breaker is closed or a probe is under way. */
  probeAt: Date | null;
};

export type ProviderStates = ReturnType<typeof createProviderStates>;

export function createProviderStates(pool: pg.Pool) {
  return {
    /** One for each of these providers, in their order. */
    async of(providers: readonly string[]): Promise<ProviderState[]> {
      const { rows } = await pool.query<ProviderState>({
        name: "provider-states",
        text: STATES,
        values: [providers],
      });
      return rows;
    },
  };
}

const STATES = `
  SELECT p.provider, coalesce(o.paused, false) AS paused, o.rate_per_second AS "ratePerSecond",
    CASE WHEN b.state IS DISTINCT FROM 'open' THEN 'closed'
         WHEN b.probe_at > clock_timestamp() THEN 'open' ELSE 'probe' END AS breaker,
    b.probe_attempt_id IS NOT NULL AND b.probe_at > clock_timestamp() AS probing,
    CASE WHEN b.epoch > 0 THEN b.changed_at END AS since,
    CASE WHEN b.probe_attempt_id IS NULL THEN b.probe_at END AS "probeAt"
  FROM unnest($1::text[]) WITH ORDINALITY AS p (provider, rank)
  LEFT JOIN provider_controls o ON o.provider = p.provider
  LEFT JOIN provider_breakers b ON b.provider = p.provider
  ORDER BY p.rank`;
