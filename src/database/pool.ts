import pg from "pg";

export type PoolOptions = {
  /** Connections at most. */
  max: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
};

/**
 * Connections to PostgreSQL. Waits are bounded, so that a database that is away becomes an answer (503, a retried
 * activity) within seconds and never a request that hangs.
 */
export function createPool(databaseUrl: string, options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: options.max,
    application_name: options.applicationName,
    connectionTimeoutMillis: 2_000,
    // The server gives up first; the client's limit is for a server that does not answer at all.
    statement_timeout: 10_000,
    query_timeout: 12_000,
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on("error", () => undefined);
  return pool;
}

/**
 * Runs statements in one transaction on one connection; rolled back when `work` throws.
 * @throws whatever `work` or the database throws
 */
export async function inTransaction<T>(pool: pg.Pool, work: (connection: pg.PoolClient) => Promise<T>): Promise<T> {
  const connection = await pool.connect();
  let broken: Error | undefined;
  // A connection that breaks says so twice: by the statement that fails, and by an event that ends the process where
  // nobody listens. The pool listens only while the connection is idle.
  const heard = () => undefined;
  connection.on("error", heard);
  try {
    await connection.query("BEGIN");
    const result = await work(connection);
    await connection.query("COMMIT");
    return result;
  } catch (error) {
    // A connection that cannot even roll back is closed, which rolls back as well.
    await connection.query("ROLLBACK").catch((failure: unknown) => {
      broken = failure as Error;
    });
    throw error;
  } finally {
    connection.off("error", heard);
    connection.release(broken);
  }
}
