import type pg from "pg";
import type { ChannelWord } from "../domain/channel.ts";
import type { DeadLetterFilter } from "../domain/dead-letter-filter.ts";
import type { DeadStatus } from "../domain/replay.ts";
import type { DeliveryStatus } from "../domain/status.ts";
import { filterValues, matchesFilter } from "./dead-letter-sql.ts";

export type DeadLetter = {
  rowId: string;
  eventId: string;
  status: DeadStatus;
  reason: string | null;
  user: string | null;
  category: string;
  template: { id: string; version: number };
  workflowId: string;
  createdAt: Date;
  failedAt: Date;
  deliveries: {
    id: string;
    channel: ChannelWord;
    status: DeliveryStatus;
    reason: string | null;
    attempts: number;
    possibleDuplicate: boolean;
    /** The newest, in their order. */
    lastAttempts: { number: number; provider: string; at: string; outcome: string | null; code: string | null }[];
  }[];
};

/** Where the next page begins: after this one. */
export type DeadLetterPosition = { failedAt: Date; rowId: string };

export type DeadLetters = ReturnType<typeof createDeadLetters>;

/** What failed for good. They are the notifications themselves, by an index of their own. */
export function createDeadLetters(pool: pg.Pool) {
  return {
    /** The newest first. */
    async list(
      clientId: string,
      filter: DeadLetterFilter,
      page: { after: DeadLetterPosition | null; limit: number },
    ): Promise<DeadLetter[]> {
      const { rows } = await pool.query<DeadLetter>({
        name: "list-dead-letters",
        text: LIST,
        values: [
          clientId,
          ...filterValues(filter),
          page.after?.failedAt ?? null,
          page.after?.rowId ?? null,
          page.limit,
        ],
      });
      return rows;
    },
  };
}

const ATTEMPTS_SHOWN = 10;

const LAST_ID = `'ffffffff-ffff-ffff-ffff-ffffffffffff'`;

const LIST = `
  SELECT n.id AS "rowId", n.event_id AS "eventId", n.status, n.reason, n.user_id AS "user", n.category_id AS category,
    jsonb_build_object('id', n.template_id, 'version', n.template_version) AS template, n.workflow_id AS "workflowId",
    n.accepted_at AS "createdAt", n.final_at AS "failedAt",
    (
      SELECT coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'channel', d.channel, 'status', d.status,
        'reason', d.reason, 'attempts', d.attempts, 'possibleDuplicate', d.possible_duplicate,
        'lastAttempts', (
          SELECT coalesce(jsonb_agg(jsonb_build_object('number', a.number, 'provider', a.provider, 'at', a.opened_at,
            'outcome', a.outcome, 'code', a.code) ORDER BY a.number), '[]')
          FROM attempts a WHERE a.delivery_id = d.id AND a.number > d.attempts - ${ATTEMPTS_SHOWN}
        )) ORDER BY d.position), '[]')
      FROM deliveries d WHERE d.notification_id = n.id
    ) AS deliveries
  FROM notifications n
  WHERE ${matchesFilter("$1")}
    AND (n.final_at, n.id) < (coalesce($7::timestamptz, 'infinity'), coalesce($8::uuid, ${LAST_ID}))
  ORDER BY n.final_at DESC, n.id DESC LIMIT $9`;
