import type pg from "pg";
import type { Actor } from "../domain/audit.ts";
import { inTransaction } from "./pool.ts";

/** What is said of a change besides: words and numbers, nothing personal. */
export type AuditDetail = Record<string, string | number | null | object>;

/**
 * Runs changes in one transaction whose audit events name `actor`. The events are written by triggers, so that nobody
 * forgets them; whoever changes something without this is named by its role and program.
 */
export function audited<T>(
  pool: pg.Pool,
  actor: Actor,
  work: (connection: pg.PoolClient) => Promise<T>,
  detail: AuditDetail = {},
): Promise<T> {
  return inTransaction(pool, async (connection) => {
    await connection.query({
      name: "name-actor",
      text: "SELECT set_config('tidings.audit', $1, true)",
      values: [JSON.stringify({ ...actor, detail })],
    });
    return work(connection);
  });
}

/**
 * A condition that always holds, for a statement that changes something because a provider (an SQL expression) told of it:
 * triggers run at the statement's end, so what its rows say by then counts.
 */
export const byProvider = (provider: string) =>
  `set_config('tidings.audit', jsonb_build_object('actor', 'provider:' || ${provider})::text, true) IS NOT NULL`;
