import type pg from "pg";
import { type Config, ConfigError } from "../config.ts";
import { assertMigrated, MigrationError } from "../database/migrate.ts";
import { createPayloadKeys, PayloadKeyError } from "../database/payload-keys.ts";

/**
 * What every process makes sure of before it works: that the database has the tables of this code, and that no payload
 * key is missing. It changes nothing but the list of known keys.
 * @throws {ConfigError} with one sentence that says what to do
 */
export async function checkDatabase(pool: pg.Pool, config: Pick<Config, "payloadKeys">): Promise<void> {
  try {
    await assertMigrated(pool);
    await createPayloadKeys(pool).verify(config.payloadKeys);
  } catch (error) {
    const refused = error instanceof MigrationError || error instanceof PayloadKeyError;
    throw refused ? new ConfigError(error.message) : error;
  }
}
