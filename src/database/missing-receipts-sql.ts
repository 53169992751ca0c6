import { firstIdAt } from "./first-id-at.ts";

/** Attempts of an hour that are looked at, the latest of it, and of those of each provider. */
const LOOKED_AT = 20_000;
const SAMPLED = 200;

const HOUR_FROM = (ago: string) => `now() - ${ago}`;

/**
 * Raises `receipts_missing` for those of the providers ($1) that took at least $2 messages between two hours and one hour
 * ago of which none was ever told of, or less than $3 of them though it was more than $4 in the same hour of the day
 * before. By samples, and by indexes that are there, so that it costs the same however much is sent. Its count is in
 * how many minutes it was found so.
 */
export const RAISE_FOR_MISSING_RECEIPTS = `
  WITH taken AS MATERIALIZED (
    SELECT h.day, a.*, row_number() OVER (PARTITION BY h.day, a.provider ORDER BY a.id DESC) AS place
    FROM (VALUES ('today', interval '2 hours'), ('before', interval '26 hours')) AS h (day, ago)
    CROSS JOIN LATERAL (
      SELECT id, delivery_id, provider, outcome FROM attempts
      WHERE id >= ${firstIdAt(HOUR_FROM("h.ago"))} AND id < ${firstIdAt(HOUR_FROM("h.ago + interval '1 hour'"))}
      ORDER BY id DESC LIMIT ${LOOKED_AT}
    ) a
    WHERE a.outcome = 'sent' AND a.provider = ANY ($1::text[])
  ), sampled AS MATERIALIZED (
    SELECT t.day, t.provider, EXISTS (
      SELECT FROM deliveries d JOIN timeline_events e ON e.notification_id = d.notification_id
      WHERE d.id = t.delivery_id AND e.at >= now() - interval '27 hours' AND e.type = 'receipt'
        -- Pixels and links of ours tell of a message, too.
        AND e.detail ->> 'attemptId' = t.id::text AND e.detail ->> 'provider' = t.provider
    ) AS told
    FROM taken t
    WHERE t.place <= ${SAMPLED}
  ), counted AS (
    SELECT provider, count(*) FILTER (WHERE day = 'today')::int AS attempts,
      (count(*) FILTER (WHERE day = 'today' AND told))::int AS told,
      (count(*) FILTER (WHERE day = 'before'))::int AS attempts_before,
      (count(*) FILTER (WHERE day = 'before' AND told))::int AS told_before
    FROM sampled GROUP BY provider
  )
  INSERT INTO alerts AS a (id, kind, subject, detail, count, first_seen, last_seen)
  SELECT gen_random_uuid(), 'receipts_missing', provider,
    jsonb_build_object('attempts', attempts, 'withReceipts', told), 1, clock_timestamp(), clock_timestamp()
  FROM counted
  WHERE attempts >= $2::int AND (told = 0 OR (told < $3::float8 * attempts
    AND attempts_before >= $2::int AND told_before > $4::float8 * attempts_before))
  ON CONFLICT (kind, subject) WHERE recovered_at IS NULL DO UPDATE
  SET count = a.count + 1, last_seen = excluded.last_seen, detail = excluded.detail`;
