import type pg from "pg";
import { inTransaction } from "./pool.ts";
import type { SealedSecrets } from "./sealed-secrets.ts";

type Row = { id: string; secret: Buffer; keyId: string; oldSecret: Buffer | null; oldKeyId: string | null };

/**
 * Encrypts with the current key what this key encrypted in the database. Repeatable; what is written meanwhile waits.
 * @throws {Error} where a secret cannot be decrypted; nothing is changed then
 */
export async function resealSecrets(pool: pg.Pool, secrets: SealedSecrets, keyId: string): Promise<void> {
  await inTransaction(pool, async (connection) => {
    const { rows } = await connection.query<Row>(
      `SELECT id, secret, secret_key_id AS "keyId", old_secret AS "oldSecret", old_secret_key_id AS "oldKeyId"
       FROM webhook_endpoints WHERE secret_key_id = $1 OR old_secret_key_id = $1 ORDER BY id FOR UPDATE`,
      [keyId],
    );
    const again = (sealed: Buffer, sealedWith: string) => secrets.seal(secrets.open({ sealed, keyId: sealedWith }));
    for (const row of rows) {
      const secret = again(row.secret, row.keyId);
      const old = row.oldSecret === null || row.oldKeyId === null ? null : again(row.oldSecret, row.oldKeyId);
      await connection.query(
        `UPDATE webhook_endpoints
         SET secret = $2, secret_key_id = $3, old_secret = $4, old_secret_key_id = $5 WHERE id = $1`,
        [row.id, secret.sealed, secret.keyId, old?.sealed ?? null, old?.keyId ?? null],
      );
    }
  });
}
