import { OWN_SOURCE, REPORTING_PARTS } from "../domain/receipt.ts";
import { byProvider } from "./audited.ts";
import { ATTEMPTED_OUTCOME, CLOSE_DELIVERIES, LOCKED_COUNTERS } from "./closing-sql.ts";

// In the order of the keys, so that two requests with the same events wait for one another instead of in a circle.
export const STORE_RECEIPTS = `
  WITH given AS (
    SELECT DISTINCT ON (event_key) x.*, $1::text AS provider, statement_timestamp()::timestamptz(3) AS received_at
    FROM unnest($2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::uuid[], $9::text[])
      AS x (event_key, id, type, code, mark, occurred_at, attempt_id, provider_message_id)
    ORDER BY event_key
  ), new AS (
    INSERT INTO receipt_keys (provider, event_key, receipt_id, received_at)
    SELECT provider, event_key, id, received_at FROM given ORDER BY event_key
    ON CONFLICT DO NOTHING
    RETURNING receipt_id
  )
  INSERT INTO receipts (id, received_at, provider, type, code, mark, occurred_at, attempt_id, provider_message_id)
  SELECT id, received_at, provider, type, code, mark, occurred_at, attempt_id, provider_message_id
  FROM given JOIN new ON receipt_id = id`;

/** Finds the attempt of a receipt by our own id, else by the provider's name for the message. */
const ATTEMPT_OF = `coalesce(
      (SELECT x.id FROM attempts x WHERE x.id = r.attempt_id AND r.provider IN (x.provider, '${OWN_SOURCE}')),
      (SELECT x.id FROM attempts x WHERE x.provider_message_id = r.provider_message_id AND x.provider = r.provider
       ORDER BY x.opened_at DESC LIMIT 1))`;

/** Those of a long text that are not delivered yet, one aside. */
const PARTS_LEFT = `CASE WHEN a.provider = ANY ('{${REPORTING_PARTS.join(",")}}')
      THEN greatest(coalesce(d.segments, 1) - a.parts_delivered - 1, 0) ELSE 0 END`;

/** Parts of a long text were refused and others taken, so receipts come of pieces. */
const PARTLY = "coalesce(a.code LIKE 'partly_accepted/%', false)";

// In the order in which everybody locks: the notification, the delivery, the attempt. One that was settled meanwhile
// gives no row.
export const LOCK_RECEIPT = `
  SELECT r.type, r.code, r.provider = '${OWN_SOURCE}' AND d.channel = 'email' AS "byReader", a.id AS "attemptId",
    d.id AS "deliveryId",
    jsonb_build_object('latest', a.number = d.attempts, 'open', a.outcome IS NULL, 'partly', ${PARTLY},
      'refused', coalesce(a.outcome, 'unknown') NOT IN ('sent', 'unknown'), 'partsLeft', ${PARTS_LEFT},
      'doubted', d.record_lost OR d.possible_duplicate AND EXISTS (
        SELECT FROM attempts e WHERE e.delivery_id = d.id AND e.number < a.number AND e.outcome = 'unknown'
      )) AS attempt,
    jsonb_build_object('status', d.status, 'certainlySent', d.sent_at IS NOT NULL,
      'calling', d.open_attempt_id IS NOT NULL AND d.open_attempt_id <> a.id) AS delivery
  FROM receipts r
  JOIN attempts a ON a.id = ${ATTEMPT_OF}
  JOIN deliveries d ON d.id = a.delivery_id
  JOIN notifications n ON n.id = d.notification_id
  WHERE r.id = $1 AND r.received_at = $2 AND r.settled_at IS NULL
  FOR UPDATE OF n, d, a, r`;

/** The provider took the attempt, whatever was known of it until now. */
const TAKEN = (attempt: string, messageId: string) => `
    UPDATE attempts a
    SET outcome = 'sent', code = NULL, closed_at = coalesce(a.closed_at, clock_timestamp()), retry_at = NULL,
        provider_message_id = coalesce(a.provider_message_id, ${messageId})
    WHERE a.id = ${attempt} AND coalesce(a.outcome, 'unknown') = 'unknown' AND NOT ${PARTLY}`;

// A retry is not made of what was sent: the statement that closes the call under way reads it on the delivery's row.
export const HOLD_RETRIES = `
  WITH taken AS (${TAKEN("$2", "NULL")})
  UPDATE deliveries SET sent_at = coalesce(sent_at, clock_timestamp()) WHERE id = $1`;

// Of a delivery that waits for a retry, or for the answer to a call whose message the provider has already reported on.
export const CLOSE_BY_RECEIPT = `
  WITH locked AS MATERIALIZED (
    SELECT ${LOCKED_COUNTERS}, d.id AS delivery_id, d.channel
    FROM deliveries d JOIN notifications n ON n.id = d.notification_id
    WHERE d.id = $1 AND d.status IN ('pending', 'sending')
    FOR UPDATE OF n, d
  ), attempt AS (
    UPDATE attempts a SET outcome = 'sent', closed_at = l.at FROM locked l
    WHERE a.id = $3 AND a.outcome IS NULL
    RETURNING a.id, a.number, a.provider
  ), event AS (
    INSERT INTO timeline_events (id, at, notification_id, delivery_id, type, channel, detail)
    SELECT gen_random_uuid(), l.at, l.notification_id, l.delivery_id, 'attempt_closed', l.channel,
      jsonb_build_object('attemptId', a.id, 'number', a.number, 'provider', a.provider, 'outcome', 'sent')
    FROM locked l, attempt a
  ), closing AS (
    SELECT delivery_id, notification_id, NULL::text AS provider_message_id, $2::text AS status, $4::text AS reason
    FROM locked
  ), ${CLOSE_DELIVERIES}
  SELECT FROM closed`;

export const COUNT_PART = "UPDATE attempts SET parts_delivered = parts_delivered + 1 WHERE id = $1";

/**
 * What a receipt ($1, $2) does to the closed delivery of its attempt ($3): its status ($4, null: as it is), whether it
 * is certain now that it was sent ($5), and how its notification counts it from now on ($6 before, $7 after; null: as it
 * did). $8 is what it says of the whole text. The rows are locked.
 */
export const MOVE_BY_RECEIPT = `
  WITH receipt AS (
    UPDATE receipts SET settled_at = clock_timestamp(), attempt_id = $3
    WHERE id = $1 AND received_at = $2
    RETURNING *, least(occurred_at, received_at) AS at
  ), fact AS (
    SELECT r.*, d.id AS delivery_id, d.notification_id, d.channel, d.address_hash, d.contact_id, a.number, a.opened_at,
      -- A number that gets one part of a text is neither dead nor barred, whatever became of another.
      CASE WHEN a.parts_delivered = 0 THEN r.mark END AS meant
    FROM receipt r, attempts a JOIN deliveries d ON d.id = a.delivery_id
    WHERE a.id = $3
  ), taken AS (${TAKEN("$3", "(SELECT provider_message_id FROM receipt)")}
  ), moved AS (
    UPDATE deliveries d
    SET status = coalesce($4, d.status),
        sent_at = CASE WHEN $5 THEN coalesce(d.sent_at, f.at) ELSE d.sent_at END,
        delivered_at = CASE WHEN $8 = 'delivered' THEN least(d.delivered_at, f.at) ELSE d.delivered_at END,
        opened_at = CASE WHEN f.type IN ('opened', 'clicked') THEN least(d.opened_at, f.at) ELSE d.opened_at END,
        clicked_at = CASE WHEN f.type = 'clicked' THEN least(d.clicked_at, f.at) ELSE d.clicked_at END,
        provider_message_id = coalesce(d.provider_message_id, f.provider_message_id),
        reason = CASE WHEN $4 = d.status THEN d.reason
                      WHEN $4 IN ('failed', 'bounced', 'complained') THEN coalesce(f.code, f.type) END
    FROM fact f
    WHERE d.id = f.delivery_id AND $4::text IS NOT NULL
  ), counted AS (
    UPDATE notifications n
    SET sent_count = c.sent_count, failed_count = c.failed_count, unknown_count = c.unknown_count,
        status = CASE WHEN n.final_at IS NULL THEN n.status ELSE c.status END,
        reason = CASE WHEN n.final_at IS NULL OR n.status = c.status THEN n.reason
                      WHEN c.status <> 'sent' THEN coalesce(c.code, c.type) END
    FROM (
      SELECT t.*, CASE ${ATTEMPTED_OUTCOME} END AS status
      FROM (
        SELECT m.id, f.code, f.type,
          m.sent_count + ($7 = 'sent')::int - ($6 = 'sent')::int AS sent_count,
          m.failed_count + ($7 = 'failed')::int - ($6 = 'failed')::int AS failed_count,
          m.unknown_count + ($7 = 'unknown')::int - ($6 = 'unknown')::int AS unknown_count
        FROM notifications m JOIN fact f ON f.notification_id = m.id
      ) t
    ) c
    WHERE n.id = c.id AND $6::text IS NOT NULL
  ), suppressed AS (
    INSERT INTO suppressions (channel, address_hash, reason, source)
    SELECT channel, address_hash, CASE WHEN type = 'failed' THEN 'blocked' ELSE type END, provider
    FROM fact WHERE meant = 'suppress' AND address_hash IS NOT NULL AND ${byProvider("provider")}
    ON CONFLICT DO NOTHING
  ), deactivated AS (
    -- Whoever registered the address again after this was sent has it alive.
    UPDATE contacts c SET deactivated_at = clock_timestamp()
    FROM fact f
    WHERE c.id = f.contact_id AND f.meant = 'deactivate' AND c.deactivated_at IS NULL AND c.registered_at <= f.opened_at
  )
  INSERT INTO timeline_events (id, at, notification_id, delivery_id, type, channel, detail)
  SELECT gen_random_uuid(), clock_timestamp(), notification_id, delivery_id, 'receipt', channel,
    jsonb_strip_nulls(jsonb_build_object('attemptId', $3::uuid, 'number', number, 'provider', provider, 'type', type,
      'code', code, 'occurredAt', occurred_at))
  FROM fact`;
