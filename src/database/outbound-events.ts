import { randomUUIDv7 } from "node:crypto";
import type pg from "pg";
import { type MessageStatus, TEST_EVENT_TYPE } from "../domain/outbound-event.ts";

/** What became of an event at an endpoint. */
export type MessageView = {
  /** Of the event's row. */
  id: string;
  /** The notification's; null of a test. */
  eventId: string | null;
  type: string;
  occurredAt: Date;
  status: MessageStatus;
  attempts: number;
  queuedAt: Date;
  nextAt: Date | null;
  lastAt: Date | null;
  lastCode: string | null;
  deliveredAt: Date | null;
};

export type EventReplay = {
  since: Date;
  until: Date;
  /** Also what was delivered. */
  all: boolean;
  limit: number;
};

export type OutboundEvents = ReturnType<typeof createOutboundEvents>;

/** Events as their client asks for them: of one of its own endpoints, which is enabled. */
export function createOutboundEvents(pool: pg.Pool) {
  return {
    /** A test for this endpoint alone. @returns its id; null where there is no such endpoint that is enabled */
    async test(clientId: string, endpointId: string): Promise<string | null> {
      const { rows } = await pool.query<{ id: string }>(TEST, [clientId, endpointId, randomUUIDv7(), TEST_EVENT_TYPE]);
      return rows[0]?.id ?? null;
    },

    /**
     * Queues events of some time again, the oldest first: those of the types that the endpoint asks for now, which it has
     * not got, and are not on their way. Events that came while it was disabled are among them.
     * @returns how many, and where there are more, when the last of these occurred
     */
    async replay(
      clientId: string,
      endpointId: string,
      replay: EventReplay,
    ): Promise<{ queued: number; last: Date | null }> {
      const { since, until, all, limit } = replay;
      const { rows } = await pool.query<{ queued: number; last: Date | null }>(REPLAY, [
        clientId,
        endpointId,
        since,
        until,
        all,
        limit,
      ]);
      return rows[0] ?? { queued: 0, last: null };
    },

    /** What was queued last first; `before` is the last one of the page before. */
    async list(
      clientId: string,
      endpointId: string,
      filter: { status: MessageStatus | null },
      page: { before: { queuedAt: Date; id: string } | null; limit: number },
    ): Promise<MessageView[]> {
      const { before, limit } = page;
      const { rows } = await pool.query<MessageView>(LIST, [
        clientId,
        endpointId,
        filter.status,
        before?.queuedAt ?? null,
        before?.id ?? null,
        limit,
      ]);
      return rows;
    },
  };
}

const TEST = `
  WITH event AS (
    INSERT INTO outbound_events (id, client_id, type, occurred_at, data)
    SELECT $3, client_id, $4, clock_timestamp(), '{}' FROM webhook_endpoints
    WHERE client_id = $1 AND id = $2 AND disabled_at IS NULL
    RETURNING id, occurred_at
  )
  INSERT INTO outbound_messages (event_id, endpoint_id, queued_at, next_at)
  SELECT id, $2, occurred_at, occurred_at FROM event RETURNING event_id AS id`;

const REPLAY = `
  WITH again AS MATERIALIZED (
    SELECT v.id, v.occurred_at
    FROM webhook_endpoints e JOIN outbound_events v ON v.client_id = e.client_id
    LEFT JOIN outbound_messages m ON m.event_id = v.id AND m.endpoint_id = e.id
    WHERE e.client_id = $1 AND e.id = $2 AND e.disabled_at IS NULL
      AND v.occurred_at >= $3 AND v.occurred_at < $4
      AND e.event_types && ARRAY['*', split_part(v.type, '.', 1) || '.*', v.type] AND v.type <> '${TEST_EVENT_TYPE}'
      AND (m.status IS NULL OR m.status = 'failed' OR ($5 AND m.status = 'delivered'))
    ORDER BY v.occurred_at, v.id LIMIT $6
  ), queued AS (
    INSERT INTO outbound_messages (event_id, endpoint_id, queued_at, next_at)
    SELECT id, $2, clock_timestamp(), clock_timestamp() FROM again
    ON CONFLICT (event_id, endpoint_id) DO UPDATE
    SET status = 'pending', attempts = 0, queued_at = excluded.queued_at, next_at = excluded.next_at, delivered_at = NULL
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM queued)::int AS queued,
    (SELECT max(occurred_at) FROM again WHERE (SELECT count(*) FROM again) = $6) AS last`;

const LIST = `
  SELECT v.id, v.data ->> 'eventId' AS "eventId", v.type, v.occurred_at AS "occurredAt", m.status, m.attempts, m.queued_at AS "queuedAt",
    m.next_at AS "nextAt", m.last_at AS "lastAt", m.last_code AS "lastCode", m.delivered_at AS "deliveredAt"
  FROM webhook_endpoints e JOIN outbound_messages m ON m.endpoint_id = e.id JOIN outbound_events v ON v.id = m.event_id
  WHERE e.client_id = $1 AND e.id = $2 AND ($3::text IS NULL OR m.status = $3)
    AND (m.queued_at, m.event_id) < (coalesce($4::timestamptz, 'infinity'),
      coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
  ORDER BY m.queued_at DESC, m.event_id DESC LIMIT $6`;
