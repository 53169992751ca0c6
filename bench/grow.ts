import type pg from "pg";
import { GROW } from "./growth-sql.ts";

export const USERS = 100_000;
export const NOTIFICATIONS = Number(process.env.GROWTH_NOTIFICATIONS ?? 1_000_000);

/**
 * Makes a migrated database one that has seen much, and tells how far it is.
 * @param more statements by name, which follow; `:users` and `:notifications` are how many there are
 */
export async function grow(pool: pg.Pool, more: Record<string, string>): Promise<void> {
  const begun = performance.now();
  const seconds = () => ((performance.now() - begun) / 1_000).toFixed(0);
  const connection = await pool.connect();
  // References hold by the way the rows are made; checking each of them would take most of the time.
  await connection.query("SET session_replication_role = replica; SET synchronous_commit = off");
  for (const [name, sql] of Object.entries({ ...GROW, ...more })) {
    await connection.query(sql.replaceAll(":users", String(USERS)).replaceAll(":notifications", String(NOTIFICATIONS)));
    console.log(`${name}: after ${seconds()} s`);
  }
  await connection.query("RESET session_replication_role; RESET synchronous_commit");
  await connection.query("VACUUM ANALYZE");
  connection.release();
  console.log(`${USERS} users and ${NOTIFICATIONS} notifications made in ${seconds()} s`);
}
