import type pg from "pg";
import type { OutboundEvent } from "../domain/outbound-event.ts";
import {
  CALLS_TO_FAILING,
  CALLS_TO_ONE,
  DISABLE_AFTER_MS,
  FAILING_GAP_MS,
  LEASE_MS,
} from "../domain/outbound-policy.ts";
import { inTransaction } from "./pool.ts";
import type { SealedSecret } from "./sealed-secrets.ts";

/** An event that is to be told to an endpoint now. */
export type ClaimedMessage = {
  event: OutboundEvent;
  endpointId: string;
  url: string;
  secret: SealedSecret;
  /** Signs besides, as long as it is there. */
  oldSecret: SealedSecret | null;
  /** Calls so far, this one included. */
  attempts: number;
  queuedForMs: number;
};

/** How many calls to an endpoint are under way in this process. */
export type Busy = ReadonlyMap<string, number>;

export type OutboundMessages = ReturnType<typeof createOutboundMessages>;

/** Events on their way to endpoints. */
export function createOutboundMessages(pool: pg.Pool) {
  return {
    /**
     * Takes what is due, at most `limit`, and of each endpoint no more than may be under way at once: to one that has
     * only failed of late, one. Nobody else takes them for a while; where this process dies, they are due again then.
     */
    async claim(limit: number, busy: Busy): Promise<ClaimedMessage[]> {
      const { rows } = await pool.query<ClaimedRow>({
        name: "claim-outbound-messages",
        text: CLAIM,
        values: [[...busy.keys()], [...busy.values()], CALLS_TO_ONE, CALLS_TO_FAILING, limit, LEASE_MS],
      });
      return rows.map(claimedOf);
    },

    /** It was taken, whoever else has it by now. */
    async delivered({ event, endpointId }: ClaimedMessage, code: string): Promise<void> {
      await pool.query({
        name: "outbound-message-delivered",
        text: `UPDATE outbound_messages
               SET status = 'delivered', next_at = NULL, delivered_at = clock_timestamp(),
                 last_at = clock_timestamp(), last_code = $3
               WHERE event_id = $1 AND endpoint_id = $2 AND status <> 'delivered'`,
        values: [event.id, endpointId, code],
      });
      await pool.query({
        name: "endpoint-works",
        text: `UPDATE webhook_endpoints SET failing_since = NULL, last_failure_at = NULL
               WHERE id = $1 AND failing_since IS NOT NULL`,
        values: [endpointId],
      });
    },

    /**
     * It was not taken: again in `retryInMs` milliseconds, null: never. An endpoint that is `gone`, or has only failed for
     * days, is disabled here, with an alert in the same transaction. Of a message that was claimed anew meanwhile nothing
     * is noted.
     * @returns whether the endpoint was disabled
     */
    failed({ event, endpointId, attempts }: ClaimedMessage, failure: Failure): Promise<boolean> {
      return inTransaction(pool, async (connection) => {
        // The endpoint first, whoever changes both.
        const endpoint = await connection.query<{ tooLong: boolean }>({
          name: "endpoint-fails",
          text: ENDPOINT_FAILS,
          values: [endpointId, FAILING_GAP_MS, DISABLE_AFTER_MS],
        });
        const disabled =
          endpoint.rows[0]?.tooLong === true || failure.gone
            ? await connection.query({
                name: "disable-endpoint",
                text: DISABLE,
                values: [endpointId, failure.gone ? "gone" : "failing"],
              })
            : null;
        await connection.query({
          name: "outbound-message-failed",
          text: `UPDATE outbound_messages
                 SET status = CASE WHEN $4::float8 IS NULL THEN 'failed' ELSE 'pending' END,
                   next_at = clock_timestamp() + $4::float8 * interval '1 millisecond',
                   last_at = clock_timestamp(), last_code = $3
                 WHERE event_id = $1 AND endpoint_id = $2 AND status = 'pending' AND attempts = $5`,
          values: [event.id, endpointId, failure.code, failure.retryInMs, attempts],
        });
        return disabled?.rowCount === 1;
      });
    },

    /** Gives at most `limit` up of those that wait for an endpoint that is disabled. */
    async giveUp(limit: number): Promise<void> {
      await pool.query({ name: "give-outbound-messages-up", text: GIVE_UP, values: [limit] });
    },

    /** Those that are due and not taken, and for how long the oldest of them has been. */
    async overdue(): Promise<{ messages: number; oldestSeconds: number }> {
      const { rows } = await pool.query<{ messages: number; oldestSeconds: number }>(OVERDUE);
      return rows[0] ?? { messages: 0, oldestSeconds: 0 };
    },
  };
}

export type Failure = { code: string; retryInMs: number | null; gone: boolean };

type ClaimedRow = Omit<ClaimedMessage, "event" | "secret" | "oldSecret"> & {
  eventId: string;
  clientId: string;
  type: string;
  occurredAt: Date;
  data: OutboundEvent["data"];
  sealed: Buffer;
  keyId: string;
  oldSealed: Buffer | null;
  oldKeyId: string | null;
};

function claimedOf(row: ClaimedRow): ClaimedMessage {
  const { eventId: id, clientId, type, occurredAt, data, sealed, keyId, oldSealed, oldKeyId, ...rest } = row;
  const oldSecret = oldSealed === null || oldKeyId === null ? null : { sealed: oldSealed, keyId: oldKeyId };
  return { ...rest, event: { id, clientId, type, occurredAt, data }, secret: { sealed, keyId }, oldSecret };
}

// Endpoint by endpoint, so that what waits for one is not in the way of the others.
const CLAIM = `
  WITH endpoint AS (
    SELECT e.id, CASE WHEN e.failing_since IS NULL THEN $3::int ELSE $4::int END - coalesce(b.calls, 0) AS room
    FROM webhook_endpoints e LEFT JOIN unnest($1::uuid[], $2::int[]) AS b (id, calls) USING (id)
    WHERE e.disabled_at IS NULL
  ), due AS MATERIALIZED (
    SELECT m.event_id, m.endpoint_id
    FROM endpoint e CROSS JOIN LATERAL (
      SELECT event_id, endpoint_id, next_at FROM outbound_messages
      WHERE endpoint_id = e.id AND status = 'pending' AND next_at <= now()
      ORDER BY next_at LIMIT greatest(e.room, 0) FOR UPDATE SKIP LOCKED
    ) m
    ORDER BY m.next_at LIMIT $5
  ), claimed AS (
    UPDATE outbound_messages m
    SET attempts = m.attempts + 1, next_at = clock_timestamp() + $6::float8 * interval '1 millisecond'
    FROM due WHERE m.event_id = due.event_id AND m.endpoint_id = due.endpoint_id
    RETURNING m.event_id, m.endpoint_id, m.attempts, m.queued_at
  )
  SELECT c.endpoint_id AS "endpointId", c.attempts, e.url, e.secret AS sealed, e.secret_key_id AS "keyId",
    CASE WHEN e.old_secret_until > clock_timestamp() THEN e.old_secret END AS "oldSealed",
    e.old_secret_key_id AS "oldKeyId",
    (extract(epoch FROM clock_timestamp() - c.queued_at) * 1000)::float8 AS "queuedForMs",
    v.id AS "eventId", v.client_id AS "clientId", v.type, v.occurred_at AS "occurredAt", v.data
  FROM claimed c JOIN webhook_endpoints e ON e.id = c.endpoint_id JOIN outbound_events v ON v.id = c.event_id`;

const ENDPOINT_FAILS = `
  UPDATE webhook_endpoints
  SET last_failure_at = clock_timestamp(),
    failing_since = CASE WHEN last_failure_at > clock_timestamp() - $2::float8 * interval '1 millisecond'
      THEN coalesce(failing_since, clock_timestamp()) ELSE clock_timestamp() END
  WHERE id = $1
  RETURNING failing_since < clock_timestamp() - $3::float8 * interval '1 millisecond' AS "tooLong"`;

const DISABLE = `
  WITH disabled AS (
    UPDATE webhook_endpoints SET disabled_at = clock_timestamp(), disabled_reason = $2
    WHERE id = $1 AND disabled_at IS NULL
    RETURNING id, client_id, disabled_reason
  )
  INSERT INTO alerts AS a (id, kind, subject, detail, count, first_seen, last_seen)
  SELECT gen_random_uuid(), 'endpoint_disabled', id::text, jsonb_build_object('client', client_id, 'reason', disabled_reason),
    1, clock_timestamp(), clock_timestamp()
  FROM disabled
  ON CONFLICT (kind, subject) WHERE recovered_at IS NULL DO UPDATE
  SET count = a.count + 1, last_seen = excluded.last_seen, detail = excluded.detail`;

const GIVE_UP = `
  UPDATE outbound_messages m SET status = 'failed', next_at = NULL, last_code = 'endpoint_disabled'
  FROM (
    SELECT p.event_id, p.endpoint_id
    FROM webhook_endpoints e JOIN outbound_messages p ON p.endpoint_id = e.id AND p.status = 'pending'
    WHERE e.disabled_at IS NOT NULL
    LIMIT $1 FOR UPDATE OF p SKIP LOCKED
  ) waiting
  WHERE m.event_id = waiting.event_id AND m.endpoint_id = waiting.endpoint_id`;

const OVERDUE = `
  SELECT count(*)::int AS messages,
    coalesce(extract(epoch FROM clock_timestamp() - min(m.next_at)), 0)::float8 AS "oldestSeconds"
  FROM webhook_endpoints e JOIN outbound_messages m ON m.endpoint_id = e.id AND m.status = 'pending'
  WHERE e.disabled_at IS NULL AND m.next_at <= now()`;
