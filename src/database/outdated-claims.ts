import type pg from "pg";
import { MAX_PER_MS } from "../domain/rate-limit.ts";

export type OutdatedClaims = ReturnType<typeof createOutdatedClaims>;

/** What notifications once took from others and no decision looks at any more, so that it does not grow for ever. */
export function createOutdatedClaims(pool: pg.Pool) {
  return {
    /** Forgets at most `limit` of each, the oldest first. Repeatable; several at once take different ones. */
    async forget(limit: number): Promise<{ places: number; contents: number }> {
      const places = await pool.query({
        name: "forget-places",
        text: FORGET_PLACES,
        values: [MAX_PER_MS + MARGIN_MS, limit],
      });
      const contents = await pool.query({
        name: "forget-content-keys",
        text: FORGET_CONTENTS,
        values: [MARGIN_MS, limit],
      });
      return { places: places.rowCount ?? 0, contents: contents.rowCount ?? 0 };
    },
  };
}

/** A decision may have read its time a little before it writes. */
const MARGIN_MS = 3_600_000;

// A subject's row is only something to lock: whoever needs it again makes it again.
const FORGET_PLACES = `
  WITH outdated AS (
    SELECT notification_id, window_name FROM rate_bookings
    WHERE at < now() - $1::float8 * interval '1 millisecond'
    ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    DELETE FROM rate_bookings b USING outdated o
    WHERE b.notification_id = o.notification_id AND b.window_name = o.window_name
    RETURNING b.subject, b.notification_id, b.window_name
  ), subjects AS (
    DELETE FROM rate_subjects s
    WHERE s.subject IN (SELECT subject FROM forgotten)
      AND NOT EXISTS (
        SELECT FROM rate_bookings b WHERE b.subject = s.subject
          AND (b.notification_id, b.window_name) NOT IN (SELECT notification_id, window_name FROM outdated)
      )
  )
  SELECT 1 FROM forgotten`;

// The longest window of any category, since a category may be given another one.
const FORGET_CONTENTS = `
  WITH outdated AS (
    SELECT category_id, content_hash FROM content_keys
    WHERE at < now()
      - ((SELECT coalesce(max(dedup_within_ms), 0) FROM categories) + $1::float8) * interval '1 millisecond'
    ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED
  )
  DELETE FROM content_keys k USING outdated o
  WHERE k.category_id = o.category_id AND k.content_hash = o.content_hash`;
