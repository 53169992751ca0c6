import { randomUUIDv7 } from "node:crypto";
import type pg from "pg";
import {
  type AlertKind,
  DAILY_ALERTS,
  DEAD_LETTER_WINDOW_MS,
  MISSING_RECEIPTS,
  RECOVERED_AFTER_MS,
  SMS_CAP_NEAR,
  TELL_AGAIN_AFTER_MS,
} from "../domain/alert.ts";
import { IS_DEAD_LETTER } from "./dead-letter-sql.ts";
import { RAISE_FOR_MISSING_RECEIPTS } from "./missing-receipts-sql.ts";

export type Alert = {
  id: string;
  kind: AlertKind;
  subject: string;
  detail: Record<string, unknown>;
  count: number;
  firstSeen: Date;
  lastSeen: Date;
  notifiedAt: Date | null;
  recoveredAt: Date | null;
};
/** One that is to be told now; `notifiedTimes` so far. */
export type UntoldAlert = Alert & { notifiedTimes: number };

/** Ids, codes and numbers only: no address, no text. */
export type AlertDetail = Record<string, string | number>;

export type Alerts = ReturnType<typeof createAlerts>;

/** What an operator should know. What is raised while it goes on is one row. */
export function createAlerts(pool: pg.Pool) {
  return {
    /** It was seen `times` times more. */
    async raise(kind: AlertKind, subject: string, detail: AlertDetail, times: number): Promise<void> {
      await pool.query({
        name: "raise-alert",
        text: RAISE,
        values: [randomUUIDv7(), kind, subject, JSON.stringify(detail), times],
      });
    },

    /** Raises `dead_letters` for each client that has at least `threshold` of the last hour. */
    async raiseForDeadLetters(threshold: number): Promise<void> {
      await pool.query({
        name: "raise-for-dead-letters",
        text: RAISE_FOR_DEAD_LETTERS,
        values: [threshold, DEAD_LETTER_WINDOW_MS],
      });
    },

    /** Raises `provider_down` for each provider whose breaker is open. */
    async raiseForOpenBreakers(): Promise<void> {
      await pool.query({ name: "raise-for-open-breakers", text: RAISE_FOR_OPEN_BREAKERS });
    },

    /** Raises `sms_cap_near` and `sms_cap_reached`, of each client, cap and day (UTC) once. */
    async raiseForSmsCaps(): Promise<void> {
      await pool.query({ name: "end-daily-alerts", text: END_DAILY, values: [DAILY_ALERTS] });
      await pool.query({ name: "raise-for-sms-caps", text: RAISE_FOR_SMS_CAPS, values: [SMS_CAP_NEAR] });
    },

    /** Raises `receipts_missing` for each of these providers, which should tell what becomes of messages and does not. */
    async raiseForMissingReceipts(providers: readonly string[]): Promise<void> {
      const { attempts, few, before } = MISSING_RECEIPTS;
      const values = [providers, attempts, few, before];
      await pool.query({ name: "raise-for-missing-receipts", text: RAISE_FOR_MISSING_RECEIPTS, values });
    },

    /** Ends what was not seen for long. */
    async recover(): Promise<void> {
      await pool.query({ name: "recover-alerts", text: RECOVER, values: [RECOVERED_AFTER_MS] });
    },

    /** What is to be told now: for the first time, again since it goes on, or as its end. The oldest first. */
    async untold(limit: number): Promise<UntoldAlert[]> {
      const { rows } = await pool.query<UntoldAlert>({
        name: "untold-alerts",
        text: UNTOLD,
        values: [TELL_AGAIN_AFTER_MS, limit, DAILY_ALERTS],
      });
      return rows;
    },

    /** It was told, as it was when it was read. */
    async told({ id, notifiedTimes, recoveredAt }: UntoldAlert): Promise<void> {
      await pool.query({
        name: "alert-told",
        text: `UPDATE alerts
               SET notified_at = clock_timestamp(), notified_times = notified_times + 1,
                 closed_at = CASE WHEN $3 THEN clock_timestamp() END
               WHERE id = $1 AND notified_times = $2`,
        values: [id, notifiedTimes, recoveredAt !== null],
      });
    },

    /** The one that was seen last first; `before` is the last one of the page before. */
    async list(
      filter: { kind: AlertKind | null; open: boolean | null },
      page: { before: { lastSeen: Date; id: string } | null; limit: number },
    ): Promise<Alert[]> {
      const { before, limit } = page;
      const { rows } = await pool.query<Alert>({
        name: "list-alerts",
        text: LIST,
        values: [filter.kind, filter.open, before?.lastSeen ?? null, before?.id ?? null, limit],
      });
      return rows;
    },
  };
}

const RAISE = `
  INSERT INTO alerts AS a (id, kind, subject, detail, count, first_seen, last_seen)
  VALUES ($1, $2, $3, $4, $5, clock_timestamp(), clock_timestamp())
  ON CONFLICT (kind, subject) WHERE recovered_at IS NULL DO UPDATE
  SET count = a.count + excluded.count, last_seen = excluded.last_seen, detail = excluded.detail`;

// Its count is the most that there were within an hour.
const RAISE_FOR_DEAD_LETTERS = `
  INSERT INTO alerts AS a (id, kind, subject, detail, count, first_seen, last_seen)
  SELECT gen_random_uuid(), 'dead_letters', n.client_id,
    jsonb_build_object('threshold', $1::int, 'reason', mode() WITHIN GROUP (ORDER BY n.reason)), count(*)::int,
    min(n.final_at), clock_timestamp()
  FROM notifications n
  WHERE ${IS_DEAD_LETTER} AND n.final_at > now() - $2::float8 * interval '1 millisecond'
  GROUP BY n.client_id HAVING count(*) >= $1
  ON CONFLICT (kind, subject) WHERE recovered_at IS NULL DO UPDATE
  SET count = greatest(a.count, excluded.count), last_seen = excluded.last_seen, detail = excluded.detail`;

// Its count is how often the breaker was found open, once a minute.
const RAISE_FOR_OPEN_BREAKERS = `
  INSERT INTO alerts AS a (id, kind, subject, detail, count, first_seen, last_seen)
  SELECT gen_random_uuid(), 'provider_down', provider, '{}', 1, changed_at, clock_timestamp()
  FROM provider_breakers WHERE state = 'open'
  ON CONFLICT (kind, subject) WHERE recovered_at IS NULL DO UPDATE
  SET count = a.count + 1, last_seen = excluded.last_seen`;

// One of yesterday is over, whatever today brings.
const END_DAILY = `
  UPDATE alerts SET recovered_at = clock_timestamp()
  WHERE closed_at IS NULL AND recovered_at IS NULL AND kind = ANY ($1::text[])
    AND detail ->> 'day' <> (clock_timestamp() AT TIME ZONE 'UTC')::date::text`;

// A text of two segments may find no room though one is left: then the cap is reached as well, as the counts tell.
const RAISE_FOR_SMS_CAPS = `
  INSERT INTO alerts AS a (id, kind, subject, detail, count, first_seen, last_seen)
  SELECT gen_random_uuid(), k.kind, c.client_id,
    jsonb_build_object('day', c.day, 'used', c.used, 'cap', c.cap), 1, clock_timestamp(), clock_timestamp()
  FROM (
    SELECT day, client_id, used, sms_cap_of(client_id) AS cap FROM sms_usage
    WHERE day = (clock_timestamp() AT TIME ZONE 'UTC')::date
  ) c
  CROSS JOIN (VALUES ('sms_cap_near'), ('sms_cap_reached')) AS k (kind)
  WHERE c.cap > 0 AND c.used >= c.cap * $1::float8
    AND (k.kind = 'sms_cap_near' OR c.used >= c.cap OR EXISTS (
        SELECT FROM stat_days s WHERE s.client_id = c.client_id AND s.day = c.day AND s.reason = 'sms_cap_reached'
        UNION ALL
        SELECT FROM stat_deltas s WHERE s.client_id = c.client_id AND s.day = c.day AND s.reason = 'sms_cap_reached'))
    AND NOT EXISTS (
      SELECT FROM alerts o
      WHERE o.kind = k.kind AND o.subject = c.client_id AND o.recovered_at IS NOT NULL
        AND o.detail @> jsonb_build_object('day', c.day, 'cap', c.cap))
  ON CONFLICT (kind, subject) WHERE recovered_at IS NULL DO UPDATE
  SET last_seen = excluded.last_seen, detail = excluded.detail`;

const RECOVER = `
  UPDATE alerts SET recovered_at = clock_timestamp()
  WHERE closed_at IS NULL AND recovered_at IS NULL
    AND last_seen < clock_timestamp() - $1::float8 * interval '1 millisecond'`;

const COLUMNS = `
  id, kind, subject, detail, count, first_seen AS "firstSeen", last_seen AS "lastSeen", notified_at AS "notifiedAt",
  recovered_at AS "recoveredAt"`;

// What ended more than a day ago is no news, e.g. where nobody was there to be told until now.
const UNTOLD = `
  SELECT ${COLUMNS}, notified_times AS "notifiedTimes"
  FROM alerts
  WHERE closed_at IS NULL AND last_seen > clock_timestamp() - interval '1 day'
    AND (notified_at IS NULL OR recovered_at IS NOT NULL
      OR (kind <> ALL ($3::text[]) AND notified_at < clock_timestamp() - $1::float8 * interval '1 millisecond' AND last_seen > notified_at))
  ORDER BY first_seen LIMIT $2`;

const LIST = `
  SELECT ${COLUMNS}
  FROM alerts
  WHERE ($1::text IS NULL OR kind = $1) AND ($2::boolean IS NULL OR (recovered_at IS NULL) = $2)
    AND (last_seen, id) < (coalesce($3::timestamptz, 'infinity'),
      coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
  ORDER BY last_seen DESC, id DESC LIMIT $5`;
