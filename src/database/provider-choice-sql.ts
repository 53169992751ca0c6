/**
 * CTEs that say which provider takes an attempt, by the rule of `chooseProvider` in the domain. They expect the
 * notification's and the delivery's id in $1 and $2, the attempts before this one in $4, the channel's providers, in
 * order, in $6, and in $12 those that may not take this attempt, since their rate was not asked. They make
 *
 *     choice (ready, probe, why, ready_in_ms)        one row
 *     candidates (provider, rank, epoch, unfit, …)   one for each provider
 */
export const PROVIDER_CHOICE = `
  clock AS MATERIALIZED (
    SELECT clock_timestamp() AS now
  ), candidates AS MATERIALIZED (
    SELECT c.provider, c.rank, coalesce(b.epoch, 0) AS epoch, coalesce(s.setbacks, 0) AS setbacks,
      coalesce(b.state, 'closed') = 'closed' AS closed, doubt.provider IS NOT NULL AS in_doubt,
      CASE WHEN s.refused THEN 'refused'
           WHEN o.paused THEN 'paused'
           WHEN b.state = 'open' AND b.probe_at > clock.now THEN 'breaker_open'
           WHEN s.again_at > clock.now THEN 'backing_off'
           WHEN c.provider = ANY ($12::text[]) THEN 'rated' END AS unfit,
      -- One that is being probed is known sooner than its lease ends.
      greatest(s.again_at, CASE WHEN b.probe_attempt_id IS NULL THEN b.probe_at END) AS due_at
    FROM clock
    CROSS JOIN unnest($6::text[]) WITH ORDINALITY AS c (provider, rank)
    LEFT JOIN provider_controls o ON o.provider = c.provider
    LEFT JOIN provider_breakers b ON b.provider = c.provider
    LEFT JOIN provider_setbacks s ON s.delivery_id = $2 AND s.provider = c.provider
    LEFT JOIN attempts doubt ON doubt.delivery_id = $2 AND doubt.number = $4 AND doubt.outcome = 'unknown'
      AND doubt.provider = c.provider
  ), able AS MATERIALIZED (
    SELECT c.*, row_number() OVER (ORDER BY c.setbacks, c.rank) AS turn
    FROM candidates c
    WHERE c.unfit IS NULL AND (c.in_doubt AND c.closed OR NOT EXISTS (
        SELECT FROM candidates d
        WHERE d.in_doubt AND d.closed AND (d.unfit IS NULL OR d.unfit = 'backing_off')))
  ), choice AS MATERIALIZED (
    SELECT standby.provider AS ready,
      -- A probe may end in doubt, and what is sent at most once would then be given up.
      CASE WHEN NOT first.closed AND (standby.provider IS NULL
          OR (SELECT guarantee FROM notifications WHERE id = $1) <> 'at_most_once') THEN first.provider END AS probe,
      CASE WHEN first.provider IS NOT NULL THEN NULL
           WHEN waiting.refused THEN 'no_provider'
           WHEN waiting.by_itself THEN 'not_ready'
           ELSE 'paused' END AS why,
      waiting.in_ms AS ready_in_ms
    FROM (
      SELECT coalesce(bool_and(unfit = 'refused'), true) AS refused,
        coalesce(bool_or(unfit IN ('breaker_open', 'backing_off')), false) AS by_itself,
        (extract(epoch FROM min(greatest(due_at, now) - now)
          FILTER (WHERE unfit IN ('breaker_open', 'backing_off') AND due_at IS NOT NULL)) * 1000)::float8 AS in_ms
      FROM candidates CROSS JOIN clock
    ) waiting
    LEFT JOIN (SELECT * FROM able ORDER BY turn LIMIT 1) first ON true
    LEFT JOIN (SELECT * FROM able WHERE closed ORDER BY turn LIMIT 1) standby ON true
  )`;

/**
 * Why those that stand before the one that took the attempt (alias t, with its rank) did not. One that could have been
 * probed is open all the same, and one that failed before waits for its turn.
 */
export const PASSED_OVER = `
  (SELECT jsonb_agg(jsonb_build_object('provider', c.provider, 'reason', coalesce(c.unfit,
      CASE WHEN t.in_doubt THEN 'in_doubt' WHEN NOT c.closed THEN 'breaker_open' ELSE 'failed_before' END)) ORDER BY c.rank)
   FROM candidates c WHERE c.rank < t.rank)`;
