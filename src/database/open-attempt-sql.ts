import { ATTENTION_AFTER } from "./planned-deliveries.ts";
import { PASSED_OVER, PROVIDER_CHOICE } from "./provider-choice-sql.ts";
import { NO_SEGMENTS_LEFT, SPEND_SEGMENTS } from "./sms-cap-sql.ts";

/**
 * The gate: asks all that may forbid a send on the locked rows, and opens the attempt where nothing does.
 *
 * $1 notification, $2 delivery, $3 generation, $4 attempts made before, $5 attempt;
 * $6 providers in their order, $12 those of them that are barred, $11 lease of a probe in milliseconds;
 * $7 words for the channel, $8 country of a number, $9 countries as long as the settings name none (jsonb; null: all);
 * $10 segments (null: no SMS); $13 when it was decided that it may be sent, from which a later attempt counts
 */
export const OPEN_ATTEMPT = `
  WITH ${PROVIDER_CHOICE}, locked AS MATERIALIZED (
    SELECT n.id AS notification_id, d.id AS delivery_id, d.channel, choice.ready, choice.probe, choice.ready_in_ms,
      n.client_id, (clock.now AT TIME ZONE 'UTC')::date AS today,
      CASE WHEN $10::int IS NOT NULL THEN sms_cap_of(n.client_id) END AS cap, CASE
        WHEN n.generation <> $3 OR d.attempts <> $4 OR d.open_attempt_id IS NOT NULL
          OR d.status NOT IN ('pending', 'sending') THEN 'stale'
        WHEN n.cancelled_at IS NOT NULL THEN 'cancelled'
        WHEN n.expires_at <= clock_timestamp() THEN 'expired'
        WHEN s.reason IS NOT NULL THEN 'suppressed'
        -- An address that the request brought is nobody's contact.
        WHEN c.id IS NULL AND (n.user_id IS NOT NULL OR d.contact_id IS NOT NULL) THEN 'no_contact'
        WHEN d.channel = 'sms' AND NOT coalesce(allowed.countries ? $8::text, allowed.countries IS NULL)
          THEN 'country_not_allowed'
        -- Asked of the category as it is now, since the plan may be old; only for those who have opted out.
        WHEN (NOT coalesce(p."all", true) OR EXISTS (
            SELECT FROM unnest($7::text[]) AS word WHERE p.categories -> n.category_id -> word = 'false'
          )) AND NOT coalesce((SELECT g.mandatory FROM categories g WHERE g.id = n.category_id), n.mandatory)
          THEN 'opted_out'
        WHEN EXISTS (SELECT FROM channel_controls o WHERE o.channel = d.channel AND o.paused) THEN 'paused'
        WHEN choice.why IS NOT NULL THEN choice.why
        WHEN $10::int IS NOT NULL AND ${NO_SEGMENTS_LEFT} THEN 'sms_cap_reached'
        ELSE 'open' END AS verdict
    FROM deliveries d
    JOIN notifications n ON n.id = d.notification_id
    LEFT JOIN contacts c ON c.id = d.contact_id AND c.user_id = n.user_id AND c.deactivated_at IS NULL
    LEFT JOIN suppressions s ON s.channel = d.channel AND s.address_hash = d.address_hash
    LEFT JOIN preferences p ON p.user_id = n.user_id
    CROSS JOIN (SELECT coalesce((SELECT sms_countries FROM settings), $9::jsonb) AS countries) allowed
    CROSS JOIN choice
    CROSS JOIN clock
    WHERE n.id = $1 AND d.id = $2
    FOR UPDATE OF n, d
  ), probing AS (
    -- Of those that would probe at the same moment, one wins: the others wait here, and then find it taken.
    UPDATE provider_breakers b
    SET probe_at = clock_timestamp() + $11::float8 * interval '1 millisecond', probe_attempt_id = $5
    FROM locked l
    WHERE b.provider = l.probe AND l.verdict = 'open' AND b.state = 'open' AND b.probe_at <= clock_timestamp()
    RETURNING b.provider
  ), taker AS MATERIALIZED (
    SELECT c.provider, c.rank, c.epoch, c.in_doubt, p.provider IS NOT NULL AS probe
    FROM locked l
    LEFT JOIN probing p ON true
    JOIN candidates c ON c.provider = coalesce(p.provider, l.ready)
  ), ${SPEND_SEGMENTS}, opened AS (
    UPDATE deliveries d
    SET status = 'sending', attempts = d.attempts + 1, open_attempt_id = $5, provider = t.provider,
        segments = $10
    FROM locked l, taker t
    WHERE d.id = l.delivery_id AND d.attempts = $4 AND d.open_attempt_id IS NULL AND l.verdict = 'open'
      AND (l.cap IS NULL OR EXISTS (SELECT FROM spent))
    RETURNING d.id, d.attempts
  ), begun AS (
    UPDATE notifications n
    SET status = 'sending', first_attempt_at = coalesce(n.first_attempt_at, clock_timestamp()),
        decided_at = greatest(n.decided_at, $13::timestamptz),
        next_action_at = clock_timestamp() + ${ATTENTION_AFTER}
    FROM locked l, opened
    WHERE n.id = l.notification_id
  ), attempt AS (
    INSERT INTO attempts (id, delivery_id, number, generation, provider, opened_at, cap_day, cap_segments)
    SELECT $5, opened.id, attempts, $3, t.provider, clock_timestamp(), spent.day, CASE WHEN spent.day IS NOT NULL THEN $10::int END
    FROM taker t, opened LEFT JOIN spent ON true
  ), event AS (
    INSERT INTO timeline_events (id, at, notification_id, delivery_id, type, channel, detail)
    SELECT gen_random_uuid(), clock_timestamp(), l.notification_id, l.delivery_id, 'attempt_opened', l.channel,
      jsonb_strip_nulls(jsonb_build_object('attemptId', $5::uuid, 'number', opened.attempts, 'provider', t.provider,
        'probe', CASE WHEN t.probe THEN true END, 'passedOver', ${PASSED_OVER}))
    FROM locked l, taker t, opened
  )
  SELECT CASE WHEN l.verdict <> 'open' OR opened.id IS NOT NULL THEN l.verdict
              -- Somebody else probes the only provider there is.
              WHEN t.provider IS NULL THEN 'not_ready'
              -- Others took the last segments at this moment.
              WHEN l.cap IS NOT NULL AND NOT EXISTS (SELECT FROM spent) THEN 'sms_cap_reached'
              ELSE 'stale' END AS verdict,
    t.provider, t.epoch, t.probe, l.ready_in_ms AS "readyInMs"
  FROM locked l LEFT JOIN taker t ON true LEFT JOIN opened ON true`;

/**
 * Puts a delivery off which turned out, after its decision, not to be due yet.
 *
 * $1 delivery, $2 generation, $3 until when, $4 reason
 */
export const HOLD = `
  WITH locked AS MATERIALIZED (
    SELECT n.id AS notification_id, d.id AS delivery_id, d.channel, n.first_attempt_at IS NULL AS untouched
    FROM deliveries d JOIN notifications n ON n.id = d.notification_id
    WHERE d.id = $1 AND n.generation = $2 AND d.open_attempt_id IS NULL AND d.status IN ('pending', 'sending')
      AND n.cancelled_at IS NULL
    FOR UPDATE OF n, d
  ), held AS (
    UPDATE notifications n
    SET next_action_at = greatest(n.next_action_at, $3::timestamptz + ${ATTENTION_AFTER})
    FROM locked l
    WHERE n.id = l.notification_id
  ), given_back AS (
    -- Nobody keeps a place in a rate limit while waiting for something else, unless it is used up.
    DELETE FROM rate_bookings b USING locked l
    WHERE b.notification_id = l.notification_id AND l.untouched AND $4::text <> 'rate_limited'
  )
  INSERT INTO timeline_events (id, at, notification_id, delivery_id, type, channel, detail)
  SELECT gen_random_uuid(), clock_timestamp(), notification_id, delivery_id, 'held', channel,
    jsonb_build_object('until', $3::timestamptz, 'reason', $4::text)
  FROM locked`;
