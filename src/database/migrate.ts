import { createHash, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import pg from "pg";
import { messageOf } from "../observability/reason-of.ts";
import { connectRight, isRefusal, missingRights } from "./missing-rights.ts";

const MIGRATIONS = new URL("../../prisma/migrations/", import.meta.url);
/** Any constant: whoever holds it migrates, the others wait and then find nothing to do. */
const ADVISORY_LOCK = 7_103_462_115;
/** As in `server_version_num`. */
const OLDEST_VERSION = 150_000;

// As Prisma writes it, so that `prisma migrate status` and `resolve` understand what was applied here.
const MIGRATIONS_TABLE = `
  CREATE TABLE _prisma_migrations (
    id                  varchar(36) PRIMARY KEY,
    checksum            varchar(64) NOT NULL,
    finished_at         timestamptz,
    migration_name      varchar(255) NOT NULL,
    logs                text,
    rolled_back_at      timestamptz,
    started_at          timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
  )`;

export type Migration = { name: string; sql: string; checksum: string };

/**
 * Thrown when the database's history and the files disagree, or when PostgreSQL refuses, with a sentence that says what
 * to do, and perhaps lines to run.
 */
export class MigrationError extends Error {}

/**
 * Applies every migration that the database has not seen, in order, each in a transaction of its own. Safe to run from
 * many processes at once and again after a crash at any point. Where nothing is missing, it asks for no right to alter.
 * @throws {MigrationError} when there is no connection, or the server will not do, an applied migration was changed afterwards, one fails, or this role may
 * not do it
 */
export async function migrate(databaseUrl: string, log: (line: string) => void): Promise<void> {
  const migrations = await readMigrations();
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  await client.connect().catch((error: unknown) => {
    if (isRefusal(error)) throw refusal(error, [connectRight(client)]);
    throw new MigrationError(`The PostgreSQL of DATABASE_URL cannot be used: ${messageOf(error)}.`, { cause: error });
  });
  try {
    await refuseUnfitServer(client);
    await client.query("SELECT pg_advisory_lock($1)", [ADVISORY_LOCK]);
    if (!(await hasHistory(client))) await client.query(MIGRATIONS_TABLE);
    for (const migration of await pendingMigrations(client, migrations)) {
      await apply(client, migration);
      log(`applied migration ${migration.name}`);
    }
  } catch (error) {
    throw await explainRefusal(client, error);
  } finally {
    // Ending the session gives the advisory lock back.
    await client.end();
  }
}

/** @throws {MigrationError} where a migration would break half-way */
async function refuseUnfitServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ encoding: string; version: string; number: number }>(
    `SELECT current_setting('server_encoding') AS encoding, current_setting('server_version') AS version,
            current_setting('server_version_num')::integer AS number`,
  );
  const [{ encoding, version, number } = { encoding: "?", version: "?", number: 0 }] = rows;
  if (number < OLDEST_VERSION) throw new MigrationError(`This is PostgreSQL ${version}: Tidings needs 15 or newer.`);
  if (encoding !== "UTF8") {
    throw new MigrationError(
      `The database is in ${encoding}, not in UTF8: make one with ENCODING 'UTF8' TEMPLATE template0.`,
    );
  }
}

/**
 * Makes sure that the database has every migration of this code. It may have newer ones: they are made so that older
 * code still runs.
 * @throws {MigrationError} naming the first one that is missing
 */
export async function assertMigrated(database: Pick<pg.Pool, "query">): Promise<void> {
  const migrations = await readMigrations();
  const [missing] = (await hasHistory(database)) ? await pendingMigrations(database, migrations) : migrations;
  if (missing !== undefined) {
    throw new MigrationError(
      `The database lacks the migration ${missing.name}: run the migration (node src/migrate.ts, or npm run migrate in a clone).`,
    );
  }
}

/** The migrations of this code, oldest first. */
async function readMigrations(): Promise<Migration[]> {
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(new URL(`${name}/migration.sql`, MIGRATIONS), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

async function hasHistory(database: Pick<pg.Pool, "query">): Promise<boolean> {
  const { rows } = await database.query<{ exists: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists",
  );
  return rows[0]?.exists === true;
}

async function pendingMigrations(database: Pick<pg.Pool, "query">, migrations: Migration[]): Promise<Migration[]> {
  const { rows } = await database.query<{ migration_name: string; checksum: string }>(
    "SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL",
  );
  const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
  return migrations.filter(({ name, checksum }) => {
    const seen = applied.get(name);
    if (seen !== undefined && seen !== checksum) {
      throw new MigrationError(
        `Migration ${name} was changed after it had been applied here; restore the file, and put the change into a new migration.`,
      );
    }
    return seen === undefined;
  });
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query("BEGIN");
    await client.query(migration.sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query("COMMIT");
  } catch (error) {
    throw new MigrationError(`Migration ${migration.name} failed, and nothing of it was kept: ${String(error)}`, {
      cause: error,
    });
  }
}

/** The error as it is, or one that says which grant would have helped. */
async function explainRefusal(client: pg.Client, error: unknown): Promise<unknown> {
  const cause = error instanceof MigrationError ? error.cause : error;
  if (!isRefusal(cause)) return error;
  // A transaction that has failed takes no questions.
  await client.query("ROLLBACK");
  const statements = await missingRights(client);
  return statements.length === 0 ? error : refusal(cause, statements);
}

function refusal(cause: unknown, statements: readonly string[]): MigrationError {
  const lines = statements.map((statement) => `\n  ${statement}`).join("");
  return new MigrationError(
    `PostgreSQL does not let this role run the migration (${(cause as Error).message}). Have the owner of what it names, or a superuser, run this, and try again:${lines}`,
    { cause },
  );
}
