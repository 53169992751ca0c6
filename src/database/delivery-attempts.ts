import type pg from "pg";
import type { Channel, ChannelWord } from "../domain/channel.ts";
import type { AllowedCountries } from "../domain/country.ts";
import { BREAKER_POLICY } from "../domain/breaker-policy.ts";
import { keptMessageId } from "../domain/provider-message-id.ts";
import type { AttemptOutcome, Setback } from "../domain/retry-policy.ts";
import type { DeliveryStatus, NotificationStatus, SkipReason } from "../domain/status.ts";
import { type LedgerObserver, NOBODY } from "../observability/ledger-metrics.ts";
import { type AddressVerdict, markAddress } from "./address-marks.ts";
import { CLOSE_ATTEMPT, CLOSE_UNOPENED, RECORD_LATE, SETTLE_DOUBT } from "./close-attempt-sql.ts";
import { HOLD, OPEN_ATTEMPT } from "./open-attempt-sql.ts";
import { inTransaction } from "./pool.ts";

export type OpenAttempt = {
  notificationId: string;
  deliveryId: string;
  attemptId: string;
  generation: number;
  /** Attempts made before this one: the fence against a second opener. */
  attemptsBefore: number;
  /** When it was decided that it may be sent now. */
  decidedAt: Date;
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
 * The ledger of attempts. Each function is one statement, or one transaction, that locks the notification's row, then the delivery's, and
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
          attempt.decidedAt,
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
      keptMessageId(attempt.providerMessageId),
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

/** False: there was no doubt about this attempt. */
async function recordLate(connection: pg.PoolClient, attempt: Omit<CloseAttempt, "next">): Promise<boolean> {
  const { attemptId, outcome, providerMessageId, code } = attempt;
  const { rows } = await connection.query<{ doubt: string | null }>({
    name: "record-late-result",
    text: RECORD_LATE,
    values: [attemptId, outcome, keptMessageId(providerMessageId), code],
  });
  const [late] = rows;
  if (late === undefined) return false;
  await connection.query({ name: "settle-doubt", text: SETTLE_DOUBT, values: [attemptId, late.doubt] });
  return true;
}
