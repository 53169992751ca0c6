import { createHash, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import pg from "pg";

const MIGRATIONS = new URL("../../prisma/migrations/", import.meta.url);
/** Any constant: whoever holds it migrates, the others wait and then find nothing to do. */
const ADVISORY_LOCK = 7_103_462_115;

// As Prisma writes it, so that `prisma migrate status` and `resolve` understand what was applied here.
const MIGRATIONS_TABLE = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
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

/** Thrown when the database's history and the files disagree, with a sentence that says what to do. */
export class MigrationError extends Error {}

/**
 * Applies every migration that the database has not seen, in order, each in a transaction of its own. Safe to run from
 * many processes at once and again after a crash at any point.
 * @throws {MigrationError} when an applied migration was changed afterwards
 */
export async function migrate(databaseUrl: string, log: (line: string) => void): Promise<void> {
  const migrations = await readMigrations();
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [ADVISORY_LOCK]);
    await client.query(MIGRATIONS_TABLE);
    for (const migration of await pendingMigrations(client, migrations)) {
      await apply(client, migration);
      log(`applied migration ${migration.name}`);
    }
  } finally {
    // Ending the session gives the advisory lock back.
    await client.end();
  }
}

/**
 * Makes sure that the database has every migration of this code. It may have newer ones: they are made so that older
 * code still runs.
 * @throws {MigrationError} naming the first one that is missing
 */
export async function assertMigrated(database: Pick<pg.Pool, "query">): Promise<void> {
  const { rows } = await database.query<{ exists: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists",
  );
  const migrations = await readMigrations();
  const [missing] = rows[0]?.exists === true ? await pendingMigrations(database, migrations) : migrations;
  if (missing !== undefined) {
    throw new MigrationError(`The database lacks the migration ${missing.name}: run npm run migrate.`);
  }
}

/** The migrations of this code, oldest first. */
export async function readMigrations(): Promise<Migration[]> {
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(new URL(`${name}/migration.sql`, MIGRATIONS), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
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
