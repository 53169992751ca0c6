import { randomUUIDv7 } from "node:crypto";
import type pg from "pg";
import { keptMessageId } from "../domain/provider-message-id.ts";
import {
  type ReportedAttempt,
  type DeliveryFacts,
  effectOf,
  effectOfReading,
  ofTheWhole,
  OWN_SOURCE,
  type Receipt,
  type ReceiptType,
} from "../domain/receipt.ts";
import { inTransaction } from "./pool.ts";
import {
  CLOSE_BY_RECEIPT,
  COUNT_PART,
  HOLD_RETRIES,
  LOCK_RECEIPT,
  MOVE_BY_RECEIPT,
  STORE_RECEIPTS,
} from "./receipts-sql.ts";

/** A receipt as it is kept. */
export type StoredReceipt = { id: string; receivedAt: string };

/**
 * `settled`: it has had its effect, now or before. `waiting`: its delivery has a call under way. `unmatched`: it belongs
 * to no attempt that is known.
 */
export type Settlement = "settled" | "waiting" | "unmatched";

export type Receipts = ReturnType<typeof createReceipts>;

/** What was told later about messages, by providers or by their readers. Stored first, once; its effect follows, and repair makes it where we die. */
export function createReceipts(pool: pg.Pool) {
  return {
    /**
     * Stores those that are new, in one statement. Idempotency: the event's key; what was stored before stays.
     * @returns those of the given ones that have not had their effect yet
     */
    async store(provider: string, receipts: readonly Receipt[]): Promise<StoredReceipt[]> {
      const column = <T>(value: (receipt: Receipt) => T) => receipts.map(value);
      const keys = column(({ key }) => key);
      await pool.query({
        name: "store-receipts",
        text: STORE_RECEIPTS,
        values: [
          provider,
          keys,
          column(() => randomUUIDv7()),
          column(({ type }) => type),
          column(({ code }) => code),
          column(({ mark }) => mark),
          column(({ occurredAt }) => occurredAt),
          column(({ attemptId }) => attemptId),
          column(({ providerMessageId }) => keptMessageId(providerMessageId)),
        ],
      });
      return unsettledOf(provider, keys);
    },

    /** Those of these keys that are known, and have not had their effect yet. */
    unsettledOf,

    /**
     * Lets a receipt have its effect, once. The receipt, its notification and its delivery are locked; what the locked
     * rows say decides, so it does not matter who else is closing or opening an attempt at the same time.
     */
    settle(receipt: StoredReceipt): Promise<Settlement> {
      return inTransaction(pool, (connection) => settle(connection, receipt));
    },

    /** Those of the last day that have had no effect yet and belong to an attempt by now, the oldest first. */
    async unsettled(limit: number): Promise<StoredReceipt[]> {
      const { rows } = await pool.query<StoredReceipt>({
        name: "unsettled-receipts",
        text: `SELECT r.id, r.received_at::text AS "receivedAt" FROM receipts r
               WHERE r.settled_at IS NULL AND r.received_at > now() - interval '1 day'
                 AND (EXISTS (SELECT FROM attempts a WHERE a.id = r.attempt_id AND a.provider = r.provider)
                   OR EXISTS (SELECT FROM attempts a
                     WHERE a.provider_message_id = r.provider_message_id AND a.provider = r.provider)
                   -- Until the delivery is closed they wait, and would be in the way of the others.
                   OR EXISTS (SELECT FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
                     WHERE r.provider = '${OWN_SOURCE}' AND a.id = r.attempt_id
                       AND d.status NOT IN ('pending', 'sending')))
               ORDER BY r.received_at LIMIT $1`,
        values: [limit],
      });
      return rows;
    },
  };

  async function unsettledOf(provider: string, keys: readonly string[]): Promise<StoredReceipt[]> {
    const { rows } = await pool.query<StoredReceipt>({
      name: "unsettled-of-keys",
      text: `SELECT r.id, r.received_at::text AS "receivedAt"
             FROM receipt_keys k JOIN receipts r ON r.id = k.receipt_id AND r.received_at = k.received_at
             WHERE k.provider = $1 AND k.event_key = ANY ($2::text[]) AND r.settled_at IS NULL
             ORDER BY r.id`,
      values: [provider, keys],
    });
    return rows;
  }
}

type LockedReceipt = {
  type: ReceiptType;
  code: string | null;
  /** Told by a pixel or a link of a mail. */
  byReader: boolean;
  attemptId: string;
  deliveryId: string;
  attempt: ReportedAttempt;
  delivery: DeliveryFacts;
};

async function settle(connection: pg.PoolClient, receipt: StoredReceipt, closed = false): Promise<Settlement> {
  const { rows } = await connection.query<LockedReceipt>({
    name: "lock-receipt",
    text: LOCK_RECEIPT,
    values: [receipt.id, receipt.receivedAt],
  });
  const [locked] = rows;
  if (locked === undefined) return (await isSettled(connection, receipt)) ? "settled" : "unmatched";
  const { type, code, byReader, attemptId, deliveryId, attempt, delivery } = locked;
  const effect = (byReader ? effectOfReading : effectOf)(type, attempt, delivery);
  switch (effect.kind) {
    case "wait":
      await connection.query({ name: "hold-retries", text: HOLD_RETRIES, values: [deliveryId, attemptId] });
      return "waiting";
    case "defer":
      return "waiting";
    case "close":
      if (closed) throw new Error("a receipt closed a delivery, and it is open");
      await connection.query({
        name: "close-by-receipt",
        text: CLOSE_BY_RECEIPT,
        values: [deliveryId, effect.as, attemptId, effect.as === "unknown" ? (code ?? type) : null],
      });
      return settle(connection, receipt, true);
    case "note":
    case "move": {
      const said = ofTheWhole(type, attempt);
      if (said !== type) {
        await connection.query({ name: "count-part", text: COUNT_PART, values: [attemptId] });
      }
      const move = effect.kind === "move" ? effect : null;
      await connection.query({
        name: "move-by-receipt",
        text: MOVE_BY_RECEIPT,
        values: [
          receipt.id,
          receipt.receivedAt,
          attemptId,
          move?.status ?? null,
          move?.certainlySent ?? false,
          move?.from === move?.to ? null : (move?.from ?? null),
          move?.to ?? null,
          said,
        ],
      });
      return "settled";
    }
  }
}

async function isSettled(connection: pg.PoolClient, receipt: StoredReceipt): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "is-receipt-settled",
    text: "SELECT FROM receipts WHERE id = $1 AND received_at = $2 AND settled_at IS NOT NULL",
    values: [receipt.id, receipt.receivedAt],
  });
  return rowCount === 1;
}
