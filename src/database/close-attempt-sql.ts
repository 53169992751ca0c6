import { ATTEMPTED_OUTCOME, CLOSE_DELIVERIES, LOCKED_COUNTERS } from "./closing-sql.ts";
import { GIVE_BACK } from "./give-back-sql.ts";
import { ATTENTION_AFTER } from "./planned-deliveries.ts";
import { giveSegmentsBack } from "./sms-cap-sql.ts";

/**
 * Ends an open attempt, and its delivery unless there is to be another.
 *
 * $1 delivery, $2 attempt, $3 outcome, $4 the provider's name for the message, $5 code;
 * $6 milliseconds to the next attempt (null: none is to follow);
 * where none is to: $7 the delivery's status, $8 reason;
 * where one is, what the provider has said of the delivery (null: nobody was called): $9 whether it has refused it,
 * $10 whether that is a setback, $11 milliseconds for which it is left alone
 */
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

/**
 * Ends a delivery of which no attempt is open.
 *
 * $1 delivery, $2 status, $3 reason, $4 generation (null: any)
 */
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

/**
 * Corrects an attempt that was taken for lost. No row where there is no doubt about it.
 *
 * $1 attempt, $2 outcome, $3 the provider's name for the message, $4 code
 */
export const RECORD_LATE = `
  WITH locked AS MATERIALIZED (
    SELECT clock_timestamp() AS at, n.id AS notification_id, d.id AS delivery_id, d.channel, a.number, a.provider,
      a.code AS doubt, n.client_id, a.cap_day, a.cap_segments
    FROM attempts a
    JOIN deliveries d ON d.id = a.delivery_id
    JOIN notifications n ON n.id = d.notification_id
    WHERE a.id = $1 AND a.outcome = 'unknown' AND $2 <> 'unknown'
    FOR UPDATE OF n, d, a
  ), corrected AS (
    UPDATE attempts a SET outcome = $2, provider_message_id = $3, code = $4 FROM locked WHERE a.id = $1
  ), ${giveSegmentsBack("locked", "$2")}, event AS (
    INSERT INTO timeline_events (id, at, notification_id, delivery_id, type, channel, detail)
    SELECT gen_random_uuid(), at, notification_id, delivery_id, 'late_result', channel,
      jsonb_strip_nulls(jsonb_build_object('attemptId', $1::uuid, 'number', number, 'provider', provider,
        'outcome', $2::text, 'code', $4::text, 'providerMessageId', $3::text))
    FROM locked
  )
  SELECT doubt FROM locked`;

/**
 * What follows from that for the delivery, and for how its notification counts it. A statement of its own, since it asks
 * about the delivery's other attempts: of two that are corrected at the same moment, the second one must see the first.
 * RECORD_LATE holds the rows.
 *
 * It is sent where the attempt has arrived, and has failed where none can have. Where it was told that the attempt was
 * in doubt, it is told instead why that was refused. The notification has the reason of the first delivery that did not
 * arrive, or perhaps did not.
 *
 * $1 attempt, $2 the code that its doubt had
 */
export const SETTLE_DOUBT = `
  WITH fact AS (
    SELECT d.id AS delivery_id, d.notification_id, a.provider, a.provider_message_id, a.outcome = 'sent' AS arrived,
      a.outcome <> 'sent' AND NOT others.doubted AND others.taken < 2 AS once_at_most,
      CASE WHEN d.status <> 'unknown' THEN NULL
           WHEN a.outcome = 'sent' THEN 'sent'
           WHEN NOT others.doubted THEN 'failed' END AS becomes,
      CASE WHEN d.reason = $2 THEN a.code ELSE d.reason END AS reason
    FROM attempts a
    JOIN deliveries d ON d.id = a.delivery_id
    CROSS JOIN LATERAL (
      -- One may be missing.
      SELECT d.record_lost OR coalesce(bool_or(o.outcome = 'unknown'), false) AS doubted,
        -- One that is under way may be.
        count(*) FILTER (WHERE coalesce(o.outcome, 'sent') = 'sent') AS taken
      FROM attempts o WHERE o.delivery_id = d.id AND o.id <> a.id
    ) others
    WHERE a.id = $1
  ), moved AS (
    UPDATE deliveries d
    SET status = coalesce(f.becomes, d.status),
        reason = CASE f.becomes WHEN 'sent' THEN NULL WHEN 'failed' THEN f.reason ELSE d.reason END,
        provider = CASE f.becomes WHEN 'sent' THEN f.provider ELSE d.provider END,
        provider_message_id = CASE f.becomes WHEN 'sent' THEN f.provider_message_id ELSE d.provider_message_id END,
        -- Whatever attempt is under way by now is the last one: the statement that closes it reads this.
        sent_at = CASE WHEN f.arrived AND d.status IN ('unknown', 'pending', 'sending')
                       THEN coalesce(d.sent_at, clock_timestamp()) ELSE d.sent_at END,
        possible_duplicate = d.possible_duplicate AND NOT f.once_at_most
    FROM fact f
    WHERE d.id = f.delivery_id
  ), finished AS (
    UPDATE notifications n
    SET sent_count = c.sent_count, failed_count = c.failed_count, unknown_count = c.unknown_count,
        fail_reason = c.fail_reason,
        status = CASE WHEN n.final_at IS NULL THEN n.status ELSE c.status END,
        reason = CASE WHEN n.final_at IS NULL THEN n.reason
                      WHEN c.status = 'sent' THEN NULL
                      -- Why a replay was not sent, stands.
                      WHEN n.reason = n.skip_reason AND n.reason IS DISTINCT FROM n.fail_reason THEN n.reason
                      ELSE c.fail_reason END
    FROM (
      SELECT t.*, CASE ${ATTEMPTED_OUTCOME} END AS status
      FROM (
        SELECT m.id, m.sent_count + (f.becomes = 'sent')::int AS sent_count,
          m.failed_count + (f.becomes = 'failed')::int AS failed_count, m.unknown_count - 1 AS unknown_count, (
            -- Of the first one that counts as failed or unknown from here on.
            SELECT CASE WHEN o.id = f.delivery_id THEN f.reason ELSE o.reason END
            FROM deliveries o
            WHERE o.notification_id = m.id AND CASE WHEN o.id = f.delivery_id THEN f.becomes = 'failed'
              ELSE o.sent_at IS NULL AND o.status NOT IN ('pending', 'sending')
                AND (o.attempts > 0 OR o.status IN ('failed', 'unknown')) END
            ORDER BY o.position LIMIT 1
          ) AS fail_reason
        FROM notifications m JOIN fact f ON f.notification_id = m.id
        WHERE f.becomes IS NOT NULL
      ) t
    ) c
    WHERE n.id = c.id
    RETURNING n.id, n.status, false AS untouched
  ), ${GIVE_BACK}
  SELECT becomes FROM fact`;
