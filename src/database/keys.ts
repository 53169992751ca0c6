import { createHash, randomBytes, randomUUIDv7, timingSafeEqual } from "node:crypto";
import type pg from "pg";
import type { PrismaClient } from "./generated/client.ts";

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
};
/** Who is calling. */
export type Caller = { keyId: string; clientId: string; scopes: string[] };
export type NewKey = { clientId: string; name: string; scopes: string[]; expiresAt: Date | null };
export type KeyStore = ReturnType<typeof createKeyStore>;

export function createKeyStore(database: { pool: pg.Pool; prisma: PrismaClient }) {
  const { pool, prisma } = database;
  return {
    /** Makes the client unless it is there; an existing one keeps its name. */
    async ensureClient(client: { id: string; name: string }): Promise<void> {
      await prisma.client.createMany({ data: [client], skipDuplicates: true });
    },

    /** A key of an existing client. The secret is nowhere else: whoever loses it makes another key. */
    async create(key: NewKey): Promise<{ key: StoredKey; appSecret: string }> {
      const appKey = `tk_${randomBytes(15).toString("base64url")}`;
      const appSecret = randomBytes(32).toString("base64url");
      const data = { ...key, id: randomUUIDv7(), appKey, secretHash: hash(appSecret) };
      return { key: await prisma.apiKey.create({ data, omit: { secretHash: true } }), appSecret };
    },

    /** A key whose pair is known beforehand: made, or brought back to this state. Repeatable. */
    async ensure(key: NewKey & { appKey: string; appSecret: string }): Promise<void> {
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
        omit: { secretHash: true },
      });
    },

    /** From now on the key is refused. Repeatable; the first time counts. */
    async revoke(id: string): Promise<void> {
      await prisma.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date() } });
    },

    /** Null for an unknown, revoked or expired key and for a wrong secret alike. Never cached: a revocation counts at once. */
    async authenticate(appKey: string, appSecret: string): Promise<Caller | null> {
      const { rows } = await pool.query<Caller & { secretHash: Buffer }>({
        name: "authenticate-key",
        text: `SELECT id AS "keyId", client_id AS "clientId", scopes, secret_hash AS "secretHash" FROM api_keys
               WHERE app_key = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`,
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

function hash(appSecret: string): Buffer<ArrayBuffer> {
  return createHash("sha256").update(appSecret).digest();
}
