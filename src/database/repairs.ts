import type pg from "pg";
import type { NotificationKey } from "../domain/notification-id.ts";
import { doubtRecord } from "./lost-records.ts";
import { inTransaction } from "./pool.ts";
import { type Takeover, TAKEOVER_COLUMNS, takeoverSchema } from "./takeovers.ts";

/** A notification whose time has come without anybody acting. */
export type OverdueNotification = {
  notificationId: string;
  key: NotificationKey;
  workflowId: string;
  dueAt: Date;
  /** It waits for its time, instead of being sent. */
  waits: boolean;
};

/** Whose workflow is gone. */
export type LostOwner = {
  key: NotificationKey;
  workflowId: string;
  /** The first run of its workflow, where that has completed. An owner does so after its notification is final. */
  completedRunId: string | null;
};

export type Repairs = ReturnType<typeof createRepairs>;

/** Finds notifications that nobody carries on, and moves them to another workflow. */
export function createRepairs(pool: pg.Pool) {
  return {
    /** Not final and past their time, the oldest first; `after` is the last one of the page before. */
    async overdue(after: OverdueNotification | null, limit: number): Promise<OverdueNotification[]> {
      const { rows } = await pool.query<OverdueNotification>({
        name: "overdue",
        text: `SELECT id AS "notificationId", workflow_id AS "workflowId", next_action_at AS "dueAt", open_count = 0 AS waits,
                 jsonb_build_object('clientId', client_id, 'eventId', event_id) AS key
               FROM notifications
               WHERE final_at IS NULL AND next_action_at <= now()
                 AND ($1::timestamptz IS NULL OR (next_action_at, id) > ($1, $2::uuid))
               ORDER BY next_action_at, id LIMIT $3`,
        values: [after?.dueAt ?? null, after?.notificationId ?? null, limit],
      });
      return rows;
    },

    /** Its workflow lives: look again later. */
    async postpone(notificationId: string): Promise<void> {
      await pool.query({
        name: "postpone-repair",
        text: `UPDATE notifications SET next_action_at = clock_timestamp() + interval '5 minutes'
               WHERE id = $1 AND final_at IS NULL`,
        values: [notificationId],
      });
    },

    /** Whether a row was ever written for this event ID: else its workflow was lost before it was admitted. */
    async isClaimed(key: NotificationKey): Promise<boolean> {
      const { rowCount } = await pool.query({
        name: "is-claimed",
        text: "SELECT 1 FROM event_keys WHERE client_id = $1 AND event_id = $2",
        values: [key.clientId, key.eventId],
      });
      return rowCount === 1;
    },

    /**
     * Hands the notification to a new generation, by compare-and-set on the owner that was found dead: of any number of
     * repairers one gets the answer. Null where there is nothing to take over: it is final, has another owner by now, or
     * a provider call of its old owner may still be under way. Where its old owner has completed, the record of what
     * became of it was lost.
     */
    takeOver(lost: LostOwner, callMayLastMs: number): Promise<Takeover | null> {
      const { key, workflowId, completedRunId } = lost;
      return inTransaction(pool, async (connection) => {
        // The locks come first, in a statement of their own: an attempt that was being opened is seen by the next one.
        const locked = await connection.query({
          name: "lock-orphan",
          text: LOCK_ORPHAN,
          values: [key.clientId, key.eventId, workflowId],
        });
        if (locked.rowCount === 0) return null;
        const { rows } = await connection.query<{ takeover: unknown; id: string; lost: boolean }>({
          name: "take-over",
          text: TAKE_OVER,
          values: [key.clientId, key.eventId, workflowId, callMayLastMs, completedRunId],
        });
        const [row] = rows;
        if (row === undefined) return null;
        const takeover = takeoverSchema.parse(row.takeover);
        if (row.lost) await doubtRecord(connection, row.id, takeover.generation);
        return takeover;
      });
    },

    /** Makes the partitions for the months to come. False where this role may not. */
    async ensurePartitions(): Promise<boolean> {
      try {
        for (const parent of ["timeline_events", "receipts", "audit_events"]) {
          await pool.query("SELECT ensure_month_partitions($1, 3)", [parent]);
        }
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === INSUFFICIENT_PRIVILEGE) return false;
        throw error;
      }
    },
  };
}

const INSUFFICIENT_PRIVILEGE = "42501";

const LOCK_ORPHAN = `
  SELECT 1 FROM event_keys k JOIN notifications n ON n.id = k.notification_id
  WHERE k.client_id = $1 AND k.event_id = $2 AND k.owner_workflow_id = $3 AND n.final_at IS NULL
  FOR UPDATE OF k, n`;

const TAKE_OVER = `
  WITH orphan AS MATERIALIZED (
    SELECT k.client_id, k.event_id, k.generation + 1 AS generation, n.id,
      'ntr:' || (k.generation + 1) || ':' || k.client_id || ':' || k.event_id AS workflow_id,
      -- Another run of the same id may have ended as a duplicate.
      $5::text IS NOT NULL AND k.owner_first_run_id IN ('', $5) AS lost
    FROM event_keys k JOIN notifications n ON n.id = k.notification_id
    WHERE k.client_id = $1 AND k.event_id = $2 AND k.owner_workflow_id = $3 AND n.final_at IS NULL
      AND NOT EXISTS (
        SELECT FROM deliveries d JOIN attempts a ON a.id = d.open_attempt_id
        WHERE d.notification_id = n.id AND a.opened_at > clock_timestamp() - $4::float8 * interval '1 millisecond'
      )
      -- Without its content nothing can be sent any more.
      AND EXISTS (SELECT FROM notification_contents c WHERE c.notification_id = n.id)
  ), taken_key AS (
    UPDATE event_keys k SET generation = o.generation, owner_workflow_id = o.workflow_id, owner_first_run_id = ''
    FROM orphan o
    WHERE k.client_id = o.client_id AND k.event_id = o.event_id
    RETURNING k.client_id, k.event_id, k.generation, k.body_hash
  ), taken AS (
    UPDATE notifications n
    SET generation = o.generation, workflow_id = o.workflow_id, next_action_at = clock_timestamp() + interval '1 minute'
    FROM orphan o
    WHERE n.id = o.id
    RETURNING n.id, n.accepted_at
  ), event AS (
    INSERT INTO timeline_events (id, at, notification_id, type, detail)
    SELECT gen_random_uuid(), clock_timestamp(), id, 'taken_over',
      jsonb_strip_nulls(jsonb_build_object('lostWorkflowId', $3::text, 'workflowId', workflow_id,
        'recordLost', CASE WHEN lost THEN true END))
    FROM orphan
  )
  SELECT ${TAKEOVER_COLUMNS} AS takeover, o.id, o.lost
  FROM orphan o CROSS JOIN taken_key k CROSS JOIN taken t JOIN notification_contents c ON c.notification_id = t.id`;
