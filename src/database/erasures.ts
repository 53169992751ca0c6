import type pg from "pg";

export type Erasures = ReturnType<typeof createErasures>;

/** What is left to do once a user is deleted: a trigger notes each deletion in `erasures`, in its transaction. */
export function createErasures(pool: pg.Pool) {
  return {
    /**
     * Clears the variables of a page of what was written to this user before being erased; null: to whoever was erased
     * the longest ago. Repeatable, and whoever does it at the same time takes the next page.
     * @returns false where nothing is left to clear
     */
    async clearPage(userId: string | null, limit = CLEARED_AT_ONCE): Promise<boolean> {
      const { rowCount } = await pool.query({ name: "clear-erased", text: CLEAR, values: [userId, limit] });
      return rowCount === 1;
    },
  };
}

/** Well within the time that a statement may take. */
const CLEARED_AT_ONCE = 5_000;

// The rest of a content stays: repair needs it to end a notification whose workflow was lost. What was accepted later is
// written to somebody new with the same ID.
const CLEAR = `
  WITH erasure AS MATERIALIZED (
    SELECT user_id, at, coalesce(cleared_to, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AS cleared_to FROM erasures
    WHERE cleared_at IS NULL AND ($1::text IS NULL OR user_id = $1)
    ORDER BY at LIMIT 1 FOR UPDATE
  ), page AS MATERIALIZED (
    SELECT n.id, n.accepted_at < e.at AS before
    FROM erasure e CROSS JOIN LATERAL (
      SELECT id, accepted_at FROM notifications WHERE user_id = e.user_id AND id < e.cleared_to
      ORDER BY id DESC LIMIT $2
    ) n
  ), cleared AS (
    UPDATE notification_contents c SET request = jsonb_set(c.request, '{data}', '{}')
    FROM page WHERE c.notification_id = page.id AND page.before AND c.request -> 'data' <> '{}'
  )
  UPDATE erasures e
  SET cleared_to = (SELECT id FROM page ORDER BY id LIMIT 1),
      cleared_at = CASE WHEN (SELECT count(*) FROM page) < $2 THEN clock_timestamp() END
  FROM erasure WHERE e.user_id = erasure.user_id`;
