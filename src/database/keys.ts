import { createHash, randomBytes, randomUUIDv7, timingSafeEqual } from "node:crypto";
import type pg from "pg";
import type { Actor } from "../domain/audit.ts";
import { audited } from "./audited.ts";
import type { PrismaClient } from "./generated/client.ts";
import type { CountedLimit } from "./request-counts.ts";

/** What a key is, without its secret. */
export type StoredKey = {
  id: string;
  clientId: string;
  appKey: string;
  name: string;
  scopes: string[];
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  requestLimit: CountedLimit | null;
};
/** Who is calling. */
export type Caller = { keyId: string; clientId: string; scopes: string[]; requestLimit: CountedLimit | null };
export type NewKey = {
  clientId: string;
  name: string;
  scopes: string[];
  expiresAt: Date | null;
  requestLimit?: CountedLimit | null;
};
export type KeyStore = ReturnType<typeof createKeyStore>;

export function createKeyStore(database: { pool: pg.Pool; prisma: PrismaClient }) {
  const { pool, prisma } = database;
  return {
    /** Makes the client unless it is there; an existing one keeps its name. */
    async ensureClient(client: { id: string; name: string }): Promise<void> {
      await prisma.client.createMany({ data: [client], skipDuplicates: true });
    },

    /** A key of an existing client. The secret is nowhere else: whoever loses it makes another key. */
    async create({ requestLimit = null, ...key }: NewKey, by: Actor): Promise<{ key: StoredKey; appSecret: string }> {
      const appKey = `tk_${randomBytes(15).toString("base64url")}`;
      const appSecret = randomBytes(32).toString("base64url");
      const id = randomUUIDv7();
      const values = [id, key.clientId, appKey, hash(appSecret), key.name, key.scopes, key.expiresAt];
      const insert = async (connection: pg.PoolClient) => {
        const { rows } = await connection.query<{ createdAt: Date }>(INSERT, values);
        if (requestLimit !== null) await connection.query(LIMIT, [id, requestLimit.max, requestLimit.perMs]);
        return rows[0]?.createdAt ?? new Date();
      };
      const createdAt = await audited(pool, by, insert, requestLimit === null ? {} : { requestLimit });
      return { key: { ...key, id, appKey, createdAt, revokedAt: null, requestLimit }, appSecret };
    },

    /** A key whose pair is known beforehand: made, or brought back to this state. Repeatable. */
    async ensure(key: Omit<NewKey, "requestLimit"> & { appKey: string; appSecret: string }): Promise<void> {
      const { appKey, appSecret, ...fields } = key;
      const data = { ...fields, secretHash: hash(appSecret), revokedAt: null };
      await prisma.apiKey.upsert({ where: { appKey }, create: { ...data, id: randomUUIDv7(), appKey }, update: data });
    },

    /** The oldest first, revoked ones too, after the key with id `after`. */
    list(page: { after: string | null; limit: number }): Promise<StoredKey[]> {
      return prisma.apiKey.findMany({
        where: page.after === null ? {} : { id: { gt: page.after } },
        orderBy: { id: "asc" },
        take: page.limit,
        ...PUBLIC,
      });
    },

    /** From now on the key is refused. Repeatable; the first time counts. */
    async revoke(id: string, by: Actor): Promise<void> {
      await audited(pool, by, (connection) => connection.query(REVOKE, [id]));
    },

    /** Null for an unknown, revoked or expired key and for a wrong secret alike. Never cached: a revocation counts at once. */
    async authenticate(appKey: string, appSecret: string): Promise<Caller | null> {
      const { rows } = await pool.query<Caller & { secretHash: Buffer }>({
        name: "authenticate-key",
        text: `SELECT k.id AS "keyId", k.client_id AS "clientId", k.scopes, k.secret_hash AS "secretHash",
                 CASE WHEN l.key_id IS NOT NULL THEN jsonb_build_object('max', l.max, 'perMs', l.per_ms) END AS "requestLimit"
               FROM api_keys k LEFT JOIN request_limits l ON l.key_id = k.id
               WHERE k.app_key = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())`,
        values: [appKey],
      });
      const given = hash(appSecret);
      const { secretHash, ...caller } = rows[0] ?? { secretHash: null };
      // Compared in any case, so that an answer's time does not tell whether a key exists.
      const equal = timingSafeEqual(given, secretHash ?? Buffer.alloc(given.length));
      return equal && "keyId" in caller ? caller : null;
    },
  };
}

const INSERT = `
  INSERT INTO api_keys (id, client_id, app_key, secret_hash, name, scopes, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING created_at AS "createdAt"`;

const LIMIT = "INSERT INTO request_limits (key_id, max, per_ms) VALUES ($1, $2, $3)";

const REVOKE = "UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL";

/** Everything but the secret. */
const PUBLIC = {
  omit: { secretHash: true },
  include: { requestLimit: { select: { max: true, perMs: true } } },
} as const;

function hash(appSecret: string): Buffer<ArrayBuffer> {
  return createHash("sha256").update(appSecret).digest();
}
