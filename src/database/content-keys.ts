import type pg from "pg";
import type { ContentKey } from "../domain/prepare-decision.ts";

/**
 * Claims the content for this notification, in the caller's transaction. The unique key decides between any number of
 * claimers. The same notification claims again with each decision after a wait, and its window counts from the last one.
 * @returns false where another notification holds it, and its window has not passed at `now`
 */
export async function claimContent(
  connection: pg.PoolClient,
  notificationId: string,
  key: ContentKey,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "claim-content",
    text: `INSERT INTO content_keys AS k (category_id, content_hash, notification_id, at)
           VALUES ($1, decode($2, 'hex'), $3, $4)
           ON CONFLICT (category_id, content_hash) DO UPDATE
           SET notification_id = excluded.notification_id, at = greatest(k.at, excluded.at)
           WHERE k.notification_id = excluded.notification_id
             OR k.at <= excluded.at - $5::float8 * interval '1 millisecond'`,
    values: [key.categoryId, key.contentHash, notificationId, now, key.withinMs],
  });
  return rowCount === 1;
}

/** Whether {@link claimContent} would succeed now, for a notification that does not exist yet. */
export async function isContentFree(
  connection: Pick<pg.Pool, "query">,
  { categoryId, contentHash, withinMs }: ContentKey,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "is-content-taken",
    text: `SELECT 1 FROM content_keys
           WHERE category_id = $1 AND content_hash = decode($2, 'hex')
             AND at > $3::timestamptz - $4::float8 * interval '1 millisecond'`,
    values: [categoryId, contentHash, now, withinMs],
  });
  return rowCount === 0;
}
