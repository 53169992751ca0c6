import { GIVE_BACK } from "./give-back-sql.ts";

/** Arms of a CASE over the counters of attempted deliveries; outcomeOf in the domain is the same rule. */
export const ATTEMPTED_OUTCOME = `
        WHEN sent_count > 0 AND failed_count + unknown_count = 0 THEN 'sent'
        WHEN sent_count > 0 THEN 'partially_sent'
        WHEN unknown_count > 0 THEN 'unknown'
        WHEN failed_count > 0 THEN 'failed'`;

/**
 * The tail of every statement that closes deliveries. The statement before it must define the CTE
 *
 *     closing (delivery_id, notification_id, status, reason, provider_message_id)
 *
 * of delivery rows which it has locked, together with their notification row, and whose `locked` CTE carries the
 * notification's counters as they are on the locked row, and the moment `at` of this closing. Whether all is done is counted there (`open_count`), never by
 * looking for open siblings: two last closers, each not seeing the other, would leave the notification open for ever.
 *
 * A delivery of which an earlier attempt may have arrived is never reported as not sent: it ends `unknown`, or `sent`
 * where a receipt has said so meanwhile.
 */
export const CLOSE_DELIVERIES = `
  closed AS (
    UPDATE deliveries d
    SET status = CASE WHEN d.sent_at IS NOT NULL THEN 'sent'
                      WHEN d.possible_duplicate AND c.status <> 'sent' THEN 'unknown' ELSE c.status END,
        reason = CASE WHEN d.sent_at IS NULL THEN c.reason END,
        open_attempt_id = NULL,
        provider_message_id = coalesce(c.provider_message_id, d.provider_message_id),
        sent_at = CASE WHEN c.status = 'sent' THEN coalesce(d.sent_at, clock_timestamp()) ELSE d.sent_at END
    FROM closing c
    WHERE d.id = c.delivery_id
    RETURNING d.id, d.notification_id, d.channel, d.provider, d.status, d.reason, d.position,
      -- Something was attempted and did not arrive, whatever stopped it: that is a failure, not a skip.
      CASE WHEN d.status IN ('sent', 'unknown') THEN d.status
           WHEN d.status = 'failed' OR (d.attempts > 0 AND d.status IN ('expired', 'cancelled', 'suppressed')) THEN 'failed'
           ELSE 'skipped' END AS verdict
  ), tally AS (
    SELECT l.notification_id, l.cancelled, l.attempted, l.at,
      l.open_count - c.closed AS open_count,
      l.sent_count + c.sent AS sent_count,
      l.failed_count + c.failed AS failed_count,
      l.unknown_count + c.unknown AS unknown_count,
      -- What was allowed and came too late says more than a channel that was never allowed.
      CASE WHEN c.skip_reason = 'expired' THEN 'expired' ELSE coalesce(l.skip_reason, c.skip_reason) END AS skip_reason,
      coalesce(l.fail_reason, c.fail_reason) AS fail_reason
    FROM (SELECT DISTINCT ON (notification_id) * FROM locked) l
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS closed,
        (count(*) FILTER (WHERE verdict = 'sent'))::int AS sent,
        (count(*) FILTER (WHERE verdict = 'failed'))::int AS failed,
        (count(*) FILTER (WHERE verdict = 'unknown'))::int AS unknown,
        (array_agg(reason ORDER BY position) FILTER (WHERE verdict = 'skipped'))[1] AS skip_reason,
        (array_agg(reason ORDER BY position) FILTER (WHERE verdict IN ('failed', 'unknown')))[1] AS fail_reason
      FROM closed WHERE closed.notification_id = l.notification_id
    ) c
    WHERE c.closed > 0
  ), outcome AS (
    SELECT tally.*, CASE
        WHEN open_count > 0 THEN NULL
        WHEN cancelled AND NOT attempted THEN 'cancelled'
        ${ATTEMPTED_OUTCOME}
        WHEN skip_reason = 'expired' THEN 'expired'
        ELSE 'suppressed' END AS status
    FROM tally
  ), finished AS (
    UPDATE notifications n
    SET open_count = o.open_count, sent_count = o.sent_count, failed_count = o.failed_count,
        unknown_count = o.unknown_count, skip_reason = o.skip_reason, fail_reason = o.fail_reason,
        status = coalesce(o.status, n.status),
        reason = CASE
          WHEN o.status IN ('partially_sent', 'unknown', 'failed') THEN o.fail_reason
          WHEN o.status IN ('suppressed', 'expired') THEN o.skip_reason
          WHEN o.status = 'cancelled' THEN 'cancelled'
          ELSE n.reason END,
        final_at = CASE WHEN o.status IS NULL THEN NULL ELSE clock_timestamp() END,
        next_action_at = CASE WHEN o.status IS NULL THEN n.next_action_at ELSE NULL END
    FROM outcome o
    WHERE n.id = o.notification_id
    RETURNING n.id, n.status, n.reason, n.final_at, n.final_at IS NOT NULL AND NOT o.attempted AS untouched
  ), ${GIVE_BACK}, closed_events AS (
    INSERT INTO timeline_events (id, at, notification_id, delivery_id, type, channel, detail)
    SELECT gen_random_uuid(), at + interval '1 microsecond', closed.notification_id, id, 'delivery_closed', channel,
      jsonb_strip_nulls(jsonb_build_object('status', status, 'reason', reason))
    FROM closed JOIN tally USING (notification_id)
  ), finished_event AS (
    INSERT INTO timeline_events (id, at, notification_id, type, detail)
    SELECT gen_random_uuid(), at + interval '2 microseconds', id, 'finished',
      jsonb_strip_nulls(jsonb_build_object('status', status, 'reason', reason))
    FROM finished JOIN tally ON notification_id = id WHERE final_at IS NOT NULL
  )`;

/** Columns that a `locked` CTE must select from the notification's locked row (alias n) for the tail above. */
export const LOCKED_COUNTERS = `
  clock_timestamp() AS at, n.id AS notification_id, n.cancelled_at IS NOT NULL AS cancelled, n.first_attempt_at IS NOT NULL AS attempted,
  n.open_count, n.sent_count, n.failed_count, n.unknown_count, n.skip_reason, n.fail_reason`;
