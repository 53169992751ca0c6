import type { DeadLetterFilter } from "../domain/dead-letter-filter.ts";

/** What a notification's row (alias n) says of a dead letter; the words of DEAD_STATUSES, as the partial index has them. */
export const IS_DEAD_LETTER = `n.status IN ('failed', 'unknown', 'partially_sent') AND n.cancelled_at IS NULL`;

/**
 * A delivery (alias d) that did not arrive, whatever stopped it, or that perhaps has. What a provider took counts as
 * sent, also where a receipt said later that it failed.
 */
export const HAS_FAILED = `(d.sent_at IS NULL
  AND (d.status IN ('failed', 'unknown') OR (d.status = 'suppressed' AND d.attempts > 0)))`;

/** The same, without those that must not be risked to arrive twice. `acceptsDuplicate` is SQL too. */
export function isRepeatable(acceptsDuplicate: string): string {
  return `${HAS_FAILED} AND (d.status <> 'unknown' OR n.guarantee = 'at_least_once' OR ${acceptsDuplicate})`;
}

/**
 * Conditions of a filter on notifications (alias n), null where it leaves one out: $2 reason, $3 category, $4 channels,
 * $5 and $6 from when and until when it failed. `client` is SQL too.
 */
export const matchesFilter = (client: string) => `
  n.client_id = ${client} AND ${IS_DEAD_LETTER}
    AND ($2::text IS NULL OR n.reason = $2) AND ($3::text IS NULL OR n.category_id = $3)
    AND n.final_at >= coalesce($5::timestamptz, '-infinity') AND n.final_at < coalesce($6::timestamptz, 'infinity')
    AND ($4::text[] IS NULL OR EXISTS (
      SELECT FROM deliveries d WHERE d.notification_id = n.id AND d.channel = ANY ($4) AND ${HAS_FAILED}))`;

/** For $2 to $6 of a statement with {@link matchesFilter}. */
export function filterValues({ reason, category, channels, from, until }: DeadLetterFilter): unknown[] {
  return [reason, category, channels, from, until];
}
