import type pg from "pg";
import type { Channel, ChannelWord } from "../domain/channel.ts";
import type { AllowedCountries } from "../domain/country.ts";
import { BREAKER_POLICY } from "../domain/breaker-policy.ts";
import type { AttemptOutcome, Setback } from "../domain/retry-policy.ts";
import type { DeliveryStatus, NotificationStatus, SkipReason } from "../domain/status.ts";
import { type LedgerObserver, NOBODY } from "../observability/ledger-metrics.ts";
import { type AddressVerdict, markAddress } from "./address-marks.ts";
import { ATTENTION_AFTER } from "./planned-deliveries.ts";
import { ATTEMPTED_OUTCOME, CLOSE_DELIVERIES, LOCKED_COUNTERS } from "./closing-sql.ts";
import { inTransaction } from "./pool.ts";
import { PASSED_OVER, PROVIDER_CHOICE } from "./provider-choice-sql.ts";
import { giveSegmentsBack, NO_SEGMENTS_LEFT, SPEND_SEGMENTS } from "./sms-cap-sql.ts";

export type OpenAttempt = {
  notificationId: string;
  deliveryId: string;
  attemptId: string;
  generation: number;
  /** Attempts made before this one: the fence against a second opener. */
  attemptsBefore: number;
  /** In the order in which they are to be tried; see `chooseProvider` in the domain. */
  providers: readonly string[];
  /** Those of them that may not take this attempt. */
  barred?: readonly string[];
  /** Words under which the user may have switched this channel off. */
  channelWords: readonly ChannelWord[];
  /** Of a phone number, where it has one. */
  country: string | null;
  /** Where SMS may go to as long as the settings do not say. */
  smsCountriesByDefault: AllowedCountries;
  /** Messages that an SMS is split into; null for other channels. */
  segments: number | null;
};

/**
 * `stale`: another activity got there first, or the delivery is over; nothing follows. `paused`: the channel or every
 * provider is held back. `not_ready`: every provider has its breaker open or is left alone for a while. `no_provider`:
 * each has refused this delivery.
 */
export type GateVerdict =
  | "stale"
  | "paused"
  | "not_ready"
  | Extract<
      SkipReason,
      | "cancelled"
      | "expired"
      | "suppressed"
      | "no_contact"
      | "country_not_allowed"
      | "opted_out"
      | "sms_cap_reached"
      | "no_provider"
    >;

export type Gate =
  | {
      verdict: "open";
      provider: string;
      /** Of the provider's breaker: its call counts in this one. */
      epoch: number;
      /** The attempt is the one that finds out whether the provider works again. */
      probe: boolean;
    }
  | {
      verdict: GateVerdict;
      /** Where it is not ready: when to ask again, at the earliest, in milliseconds. */
      readyInMs: number | null;
    };

export type CloseAttempt = {
  attemptId: string;
  deliveryId: string;
  outcome: AttemptOutcome;
  providerMessageId: string | null;
  code: string | null;
  /** What the provider said about the address. */
  address?: AddressVerdict | undefined;
  next:
    | {
        retryInMs: number;
        /** Null where nobody was called. */
        setback?: Setback | null;
      }
    | { delivery: DeliveryStatus; reason: string | null };
};

export type HeldDelivery = {
  deliveryId: string;
  generation: number;
  until: Date;
  reason: "quiet_hours" | "rate_limited";
};

/** What a delivery and its notification came to; `notification` is null while other deliveries are open. */
export type Closed = { delivery: DeliveryStatus; notification: NotificationStatus | null };

/** With what is counted of it; `attempted_by` is the provider of the attempt. */
type ClosedRow = Closed & { channel: Channel; provider: string | null; attempted_by?: string };

export type DeliveryAttempts = ReturnType<typeof createDeliveryAttempts>;

/**
 * The ledger of attempts. Each function is one statement that locks the notification's row, then the delivery's, and
 * decides on what the locked rows say; so of any number of racers exactly one opens, and each attempt is closed once.
 */
export function createDeliveryAttempts(pool: pg.Pool, observer: LedgerObserver = NOBODY) {
  return {
    /**
     * The last gate before a provider is called: opens the attempt, committed, or says why not. Idempotency: the fence
     * `attemptsBefore`; a second call with the same one is `stale`.
     */
    async open(attempt: OpenAttempt): Promise<Gate> {
      const { rows } = await pool.query<Gate>({
        name: "open-attempt",
        text: OPEN_ATTEMPT,
        values: [
          attempt.notificationId,
          attempt.deliveryId,
          attempt.generation,
          attempt.attemptsBefore,
          attempt.attemptId,
          attempt.providers,
          attempt.channelWords,
          attempt.country,
          attempt.smsCountriesByDefault === null ? null : JSON.stringify(attempt.smsCountriesByDefault),
          attempt.segments,
          BREAKER_POLICY.probeLeaseMs,
          attempt.barred ?? [],
        ],
      });
      return rows[0] ?? { verdict: "stale", readyInMs: null };
    },

    /**
     * Notes that a delivery which was decided on long ago may not be sent before `until` after all. False, and nothing
     * noted, where it is not this generation's to send any more.
     */
    async hold(held: HeldDelivery): Promise<boolean> {
      const { rowCount } = await pool.query({
        name: "hold-delivery",
        text: HOLD,
        values: [held.deliveryId, held.generation, held.until, held.reason],
      });
      return rowCount === 1;
    },

    /**
     * Closes an open attempt with what is known of it. Returns null where it is not open any more: a later activity
     * has taken it for lost, and what it declared stands. What was said about the address is noted in the same
     * transaction, so that nobody dies between the two.
     */
    async close(attempt: CloseAttempt): Promise<Closed | null> {
      const { address } = attempt;
      const row =
        address === undefined
          ? await close(pool, attempt)
          : await inTransaction(pool, async (connection) => {
              const closed = await close(connection, attempt);
              await markAddress(connection, attempt.attemptId, address);
              return closed;
            });
      if (row === null) return null;
      const { channel, attempted_by: provider } = row;
      observer.attemptClosed({ channel, provider: provider ?? "none", outcome: attempt.outcome, code: attempt.code });
      return closedOf(row);
    },

    /**
     * Records what became of an attempt that was taken for lost. It settles the doubt where it can, never causes a
     * send, and never overrides a newer result. False: there was no doubt about this attempt.
     */
    async recordLate(attempt: Omit<CloseAttempt, "next">): Promise<boolean> {
      // It has arrived after all, so a retry that still waits is not made.
      const [noted, row] = await inTransaction(pool, async (connection) => {
        const late = await recordLate(connection, attempt);
        const arrived = late && attempt.outcome === "sent";
        return [
          late,
          arrived ? await closeUnopened(connection, attempt.deliveryId, "sent", null, null) : null,
        ] as const;
      });
      if (row !== null) closedOf(row);
      return noted;
    },

    /**
     * Closes a delivery of which no attempt is open, e.g. because the gate refused. Returns null where it is closed
     * already, an attempt is open, or it is another generation's than this one (null: any may be meant).
     */
    async closeUnopened(
      deliveryId: string,
      status: DeliveryStatus,
      reason: string | null,
      generation: number | null,
    ): Promise<Closed | null> {
      const row = await closeUnopened(pool, deliveryId, status, reason, generation);
      return row === null ? null : closedOf(row);
    },
  };

  function closedOf({ delivery, notification, channel, provider }: ClosedRow): Closed {
    if (delivery !== "sending") observer.deliveryClosed({ channel, provider, status: delivery });
    return { delivery, notification };
  }
}

async function close(connection: pg.Pool | pg.PoolClient, attempt: CloseAttempt): Promise<ClosedRow | null> {
  const final = "delivery" in attempt.next ? attempt.next : null;
  const setback = "retryInMs" in attempt.next ? (attempt.next.setback ?? null) : null;
  const { rows } = await connection.query<ClosedRow>({
    name: "close-attempt",
    text: CLOSE_ATTEMPT,
    values: [
      attempt.deliveryId,
      attempt.attemptId,
      attempt.outcome,
      attempt.providerMessageId,
      attempt.code,
      "retryInMs" in attempt.next ? attempt.next.retryInMs : null,
      final?.delivery ?? null,
      final?.reason ?? null,
      setback?.refused ?? null,
      setback?.setback ?? null,
      setback?.againInMs ?? null,
    ],
  });
  return rows[0] ?? null;
}

async function closeUnopened(
  connection: pg.Pool | pg.PoolClient,
  ...values: [deliveryId: string, status: DeliveryStatus, reason: string | null, generation: number | null]
): Promise<ClosedRow | null> {
  const { rows } = await connection.query<ClosedRow>({ name: "close-unopened", text: CLOSE_UNOPENED, values });
  return rows[0] ?? null;
}

async function recordLate(connection: pg.PoolClient, attempt: Omit<CloseAttempt, "next">): Promise<boolean> {
  const { attemptId, outcome, providerMessageId, code } = attempt;
  const { rowCount } = await connection.query({
    name: "record-late-result",
    text: RECORD_LATE,
    values: [attemptId, outcome, providerMessageId, code],
  });
  return rowCount === 1;
}

const OPEN_ATTEMPT = `
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
        WHEN NOT n.mandatory AND (NOT coalesce(p."all", true) OR EXISTS (
            SELECT FROM unnest($7::text[]) AS word WHERE p.categories -> n.category_id -> word = 'false'
          )) THEN 'opted_out'
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
        decided_at = clock_timestamp(),
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

const HOLD = `
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

const CLOSE_ATTEMPT = `
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

const CLOSE_UNOPENED = `
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

const RECORD_LATE = `
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
