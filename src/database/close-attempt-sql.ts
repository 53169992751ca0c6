import { ATTEMPTED_OUTCOME, CLOSE_DELIVERIES, LOCKED_COUNTERS } from "./closing-sql.ts";
import { ATTENTION_AFTER } from "./planned-deliveries.ts";
import { giveSegmentsBack } from "./sms-cap-sql.ts";

/** Ends an open attempt, and its delivery unless there is to be another. */
export const CLOSE_ATTEMPT = `
  WITH locked AS MATERIALIZED (
    SELECT ${LOCKED_COUNTERS}, n.client_id, d.id AS delivery_id, d.channel,
      -- A retry that a cancel, or a receipt of an earlier attempt, has overtaken is not made.
      $6::float8 IS NOT NULL AND n.cancelled_at IS NULL AND d.sent_at IS NULL AS retry
    FROM deliveries d JOIN notifications n ON n.id = d.notification_id
    WHERE d.id = $1 AND d.open_attempt_id = $2
    FOR UPDATE OF n, d
  ), attempt AS (
    UPDATE attempts a
    SET closed_at = clock_timestamp(), outcome = $3, provider_message_id = $4, code = $5,
        retry_at = CASE WHEN l.retry THEN clock_timestamp() + $6::float8 * interval '1 millisecond' END
    FROM locked l
    WHERE a.id = $2
    RETURNING a.id, a.number, a.provider, a.retry_at, l.client_id, a.cap_day, a.cap_segments
  ), ${giveSegmentsBack("attempt", "$3")}, event AS (
    INSERT INTO timeline_events (id, at, notification_id, delivery_id, type, channel, detail)
    SELECT gen_random_uuid(), l.at, l.notification_id, l.delivery_id, 'attempt_closed', l.channel,
      jsonb_strip_nulls(jsonb_build_object('attemptId', a.id, 'number', a.number, 'provider', a.provider,
        'outcome', $3::text, 'code', $5::text, 'providerMessageId', $4::text, 'retryAt', a.retry_at))
    FROM locked l, attempt a
  ), setback AS (
    INSERT INTO provider_setbacks AS s (delivery_id, provider, refused, calls, setbacks, again_at)
    SELECT l.delivery_id, a.provider, $9::boolean, 1, $10::boolean::int,
      clock_timestamp() + $11::float8 * interval '1 millisecond'
    FROM locked l, attempt a
    WHERE l.retry AND $9::boolean IS NOT NULL
    ON CONFLICT (delivery_id, provider) DO UPDATE
    SET refused = s.refused OR excluded.refused, calls = s.calls + 1, setbacks = s.setbacks + excluded.setbacks,
        again_at = excluded.again_at
  ), waiting AS (
    UPDATE deliveries d
    SET open_attempt_id = NULL, possible_duplicate = d.possible_duplicate OR $3 = 'unknown'
    FROM locked l
    WHERE d.id = l.delivery_id AND l.retry
    RETURNING d.id, d.status
  ), due AS (
    UPDATE notifications n
    SET next_action_at = greatest(n.next_action_at, a.retry_at + ${ATTENTION_AFTER})
    FROM locked l, attempt a
    WHERE n.id = l.notification_id AND l.retry
  ), closing AS (
    SELECT delivery_id, notification_id, $4::text AS provider_message_id,
      CASE WHEN $3 = 'unknown' THEN 'unknown' ELSE coalesce($7::text, 'cancelled') END AS status,
      CASE WHEN $7::text IS NULL THEN 'cancelled' ELSE $8::text END AS reason
    FROM locked WHERE NOT retry
  ), ${CLOSE_DELIVERIES}
  SELECT coalesce(w.status, c.status) AS delivery, f.status AS notification, l.channel, c.provider,
    a.provider AS attempted_by
  FROM locked l
  LEFT JOIN attempt a ON true
  LEFT JOIN waiting w ON true
  LEFT JOIN closed c ON true
  LEFT JOIN finished f ON f.final_at IS NOT NULL`;

/** Ends a delivery of which no attempt is open. */
export const CLOSE_UNOPENED = `
  WITH locked AS MATERIALIZED (
    SELECT ${LOCKED_COUNTERS}, d.id AS delivery_id, d.attempts
    FROM deliveries d JOIN notifications n ON n.id = d.notification_id
    WHERE d.id = $1 AND d.open_attempt_id IS NULL AND d.status IN ('pending', 'sending')
      AND ($4::int IS NULL OR n.generation = $4)
    FOR UPDATE OF n, d
  ), closing AS (
    SELECT delivery_id, notification_id, NULL::text AS provider_message_id, $3::text AS reason,
      CASE WHEN $2 = 'expired' AND attempts > 0 THEN 'failed' ELSE $2::text END AS status
    FROM locked
  ), ${CLOSE_DELIVERIES}
  SELECT c.status AS delivery, f.status AS notification, c.channel, c.provider
  FROM closed c LEFT JOIN finished f ON f.final_at IS NOT NULL`;

/** Corrects an attempt that was taken for lost, and the counts of what has ended `unknown` because of it. */
export const RECORD_LATE = `
  WITH locked AS MATERIALIZED (
    SELECT clock_timestamp() AS at, n.id AS notification_id, d.id AS delivery_id, d.channel, a.number, a.provider,
      n.client_id, a.cap_day, a.cap_segments, $2 = 'sent' AND d.status = 'unknown' AS settles,
      n.sent_count + 1 AS sent_count, n.failed_count, n.unknown_count - 1 AS unknown_count
    FROM attempts a
    JOIN deliveries d ON d.id = a.delivery_id
    JOIN notifications n ON n.id = d.notification_id
    WHERE a.id = $1 AND a.outcome = 'unknown' AND $2 <> 'unknown'
    FOR UPDATE OF n, d, a
  ), corrected AS (
    UPDATE attempts a SET outcome = $2, provider_message_id = $3, code = $4 FROM locked WHERE a.id = $1
  ), ${giveSegmentsBack("locked", "$2")}, settled AS (
    UPDATE deliveries d
    SET status = 'sent', reason = NULL, sent_at = l.at, provider = l.provider, provider_message_id = $3
    FROM locked l
    WHERE d.id = l.delivery_id AND l.settles
  ), held AS (
    -- Whatever attempt is under way by now is the last one: the statement that closes it reads this.
    UPDATE deliveries d SET sent_at = coalesce(d.sent_at, l.at)
    FROM locked l
    WHERE d.id = l.delivery_id AND $2 = 'sent' AND d.status IN ('pending', 'sending')
  ), counted AS (
    UPDATE notifications n
    SET sent_count = l.sent_count, unknown_count = l.unknown_count,
        status = CASE WHEN n.final_at IS NULL THEN n.status ELSE l.status END,
        reason = CASE WHEN n.final_at IS NOT NULL AND l.status = 'sent' THEN NULL ELSE n.reason END
    FROM (SELECT locked.*, CASE ${ATTEMPTED_OUTCOME} END AS status FROM locked) l
    WHERE n.id = l.notification_id AND l.settles
  )
  INSERT INTO timeline_events (id, at, notification_id, delivery_id, type, channel, detail)
  SELECT gen_random_uuid(), at, notification_id, delivery_id, 'late_result', channel,
    jsonb_strip_nulls(jsonb_build_object('attemptId', $1::uuid, 'number', number, 'provider', provider,
      'outcome', $2::text, 'code', $4::text, 'providerMessageId', $3::text))
  FROM locked`;
