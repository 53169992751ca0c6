import { createHmac, timingSafeEqual } from "node:crypto";
import type pg from "pg";

/** A key as the database knows it: its name, and a value that only the same key gives. */
type KnownKey = { id: string; check_value: Buffer; retired: boolean };

export type NamedKey = { id: string; bytes: Buffer };

/** Thrown with one sentence for the operator; the process must not go on. */
export class PayloadKeyError extends Error {}

/**
 * The database remembers which payload keys were ever in use, because a workflow whose key is lost cannot go on: each
 * of its tasks would fail, for ever. So a process that lacks one of them must not start.
 */
export function createPayloadKeys(pool: pg.Pool) {
  return {
    /**
     * Registers the keys that are new, and compares the others. Repeatable, and safe from many processes at once.
     * @throws {PayloadKeyError} when a key in use is missing or has other bytes than before
     */
    async verify(keys: readonly NamedKey[]): Promise<void> {
      await compare(pool, keys);
      await pool.query(
        `INSERT INTO payload_keys (id, check_value) SELECT * FROM unnest($1::text[], $2::bytea[])
         ON CONFLICT DO NOTHING`,
        [keys.map(({ id }) => id), keys.map(checkValue)],
      );
      // Another process may have registered another key of the same name in between.
      await compare(pool, keys);
    },

    /**
     * Nothing that this key encrypted is needed any more: processes may start without it. False: no such key, or one that a
     * secret in the database is still encrypted with.
     */
    async retire(id: string): Promise<boolean> {
      const { rowCount } = await pool.query(
        `UPDATE payload_keys SET retired_at = coalesce(retired_at, now())
         WHERE id = $1 AND NOT EXISTS (
           SELECT FROM webhook_endpoints WHERE secret_key_id = $1 OR old_secret_key_id = $1
         )`,
        [id],
      );
      return rowCount === 1;
    },
  };
}

async function compare(pool: pg.Pool, keys: readonly NamedKey[]): Promise<void> {
  const { rows } = await pool.query<KnownKey>(
    "SELECT id, check_value, retired_at IS NOT NULL AS retired FROM payload_keys ORDER BY id",
  );
  const given = new Map(keys.map((key) => [key.id, key]));
  for (const known of rows) refuseUnlessGiven(known, given.get(known.id));
}

function refuseUnlessGiven(known: KnownKey, given: NamedKey | undefined): void {
  if (given === undefined) {
    if (known.retired) return;
    throw new PayloadKeyError(
      `The payload key ${known.id} is in use but TIDINGS_PAYLOAD_KEYS does not have it: add it, or retire it once no workflow of its time is left (docs/operations.md).`,
    );
  }
  if (timingSafeEqual(known.check_value, checkValue(given))) return;
  throw new PayloadKeyError(
    `The payload key ${known.id} is not the one that was used under this name before: give the old key back its name, and the new one another.`,
  );
}

function checkValue(key: NamedKey): Buffer {
  return createHmac("sha256", key.bytes).update("tidings payload key check").digest();
}
