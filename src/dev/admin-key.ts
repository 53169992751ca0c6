import { randomBytes } from "node:crypto";
import { createKeyStore } from "../database/keys.ts";
import { createPool } from "../database/pool.ts";
import { createPrisma } from "../database/prisma.ts";

const CLIENT = { id: "demo", name: "Demo" };

/**
 * Makes sure that the demo client has this admin key, `<appKey>.<appSecret>`, or makes one where there is none yet.
 * Written to the database directly: the API has no way to a first key.
 */
export async function ensureAdminKey(databaseUrl: string, last: string | null): Promise<string> {
  const [appKey, appSecret] = last?.split(".") ?? [];
  const pair =
    appKey !== undefined && appSecret !== undefined
      ? { appKey, appSecret }
      : { appKey: `tk_${randomBytes(15).toString("base64url")}`, appSecret: randomBytes(32).toString("base64url") };
  const pool = createPool(databaseUrl, { max: 1, applicationName: "tidings-launcher" });
  const prisma = createPrisma(pool);
  try {
    const keys = createKeyStore({ pool, prisma });
    await keys.ensureClient(CLIENT);
    await keys.ensure({ ...pair, clientId: CLIENT.id, name: "npm start", scopes: ["admin"], expiresAt: null });
  } finally {
    await prisma.$disconnect();
    await pool.end();
  }
  return `${pair.appKey}.${pair.appSecret}`;
}
