import { randomBytes } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPayloadKeys, type NamedKey } from "../../src/database/payload-keys.ts";
import { createPool } from "../../src/database/pool.ts";
import { resealSecrets } from "../../src/database/reseal-secrets.ts";
import { createSealedSecrets } from "../../src/database/sealed-secrets.ts";
import { createWebhookEndpoints } from "../../src/database/webhook-endpoints.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, { max: 2, applicationName: "sealed-secrets-test" });
  await pool.query("INSERT INTO clients (id, name) VALUES ('shop', 'Shop')");
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const SOMEBODY = { actor: "test", client: null };
const key = (id: string): NamedKey => ({ id, bytes: randomBytes(32) });

describe("the secret of an endpoint", () => {
  it("is unreadable in the database, and keeps its key in use until it is encrypted with another", async () => {
    const [before, after] = [key("before"), key("after")];
    await createPayloadKeys(pool).verify([before]);
    const endpoints = createWebhookEndpoints({ pool, secrets: createSealedSecrets([before]) });
    const made = await endpoints.create("shop", { url: "https://shop.example.com/", eventTypes: ["*"] }, SOMEBODY);
    const rotated = await endpoints.rotateSecret("shop", made?.endpoint.id ?? "", SOMEBODY);
    const stored = async () => {
      const { rows } = await pool.query<{ secret: Buffer; keyId: string; old: Buffer; oldKeyId: string }>(
        `SELECT secret, secret_key_id AS "keyId", old_secret AS old, old_secret_key_id AS "oldKeyId" FROM webhook_endpoints`,
      );
      const [row] = rows;
      return row ?? expect.fail("there is no endpoint");
    };
    const { secret, old } = await stored();
    expect(secret.includes(rotated?.secret ?? "")).toBe(false);
    expect(old.includes(made?.secret ?? "")).toBe(false);

    await createPayloadKeys(pool).verify([after, before]);
    expect(await createPayloadKeys(pool).retire("before")).toBe(false);
    // Somebody who lacks the key changes nothing.
    await expect(resealSecrets(pool, createSealedSecrets([after]), "before")).rejects.toThrow("before");
    await resealSecrets(pool, createSealedSecrets([after, before]), "before");
    await resealSecrets(pool, createSealedSecrets([after, before]), "before");
    expect(await createPayloadKeys(pool).retire("before")).toBe(true);

    const again = await stored();
    const secrets = createSealedSecrets([after]);
    expect(again).toMatchObject({ keyId: "after", oldKeyId: "after" });
    expect(secrets.open({ sealed: again.secret, keyId: again.keyId })).toEqual(rotated?.secret);
    expect(secrets.open({ sealed: again.old, keyId: again.oldKeyId })).toEqual(made?.secret);
  });
});
