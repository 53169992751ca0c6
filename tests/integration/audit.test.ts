import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createControls } from "../../src/database/controls.ts";
import { createKeyStore } from "../../src/database/keys.ts";
import { createPool } from "../../src/database/pool.ts";
import { createPrisma } from "../../src/database/prisma.ts";
import { createReplays } from "../../src/database/replays.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type Answer, exchange } from "../support/exchange.ts";
import { type Api, startApi } from "../support/processes.ts";

type Event = {
  id: string;
  at: string;
  client: string | null;
  actor: string;
  action: string;
  subject: { type: string; id: string };
  detail: Record<string, unknown>;
};
type Page = { items: Event[]; nextCursor: string | null };

const SOMEBODY = { actor: "test", client: null };
const SECRET = "a secret of at least 32 characters";

let database: TestDatabase;
let pool: pg.Pool;
let api: Api;
let admin: string;
let actor: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, { max: 5, applicationName: "audit-test" });
  const keys = createKeyStore({ pool, prisma: createPrisma(pool) });
  await keys.ensureClient({ id: "shop", name: "Shop" });
  const { key, appSecret } = await keys.create(
    { clientId: "shop", name: "test", scopes: ["admin"], expiresAt: null },
    SOMEBODY,
  );
  admin = `${key.appKey}.${appSecret}`;
  actor = `key:${key.id}`;
  // Nothing here needs Temporal: no server is at this address.
  api = await startApi({ DATABASE_URL: database.url, TEMPORAL_ADDRESS: "127.0.0.1:1", TIDINGS_SECRET: SECRET });
});

afterAll(async () => {
  const exitCode = await api.stop();
  await pool.end();
  await database.drop();
  expect(exitCode).toBe(0);
});

function call<T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
  key = admin,
): Promise<Answer<T>> {
  return exchange<T>(api.url, method, path, body, { authorization: `Bearer ${key}` });
}

/** Every event of a filter, by pages of two, oldest first. */
async function events(filter: string): Promise<Event[]> {
  const found: Event[] = [];
  for (let cursor = ""; ;) {
    const { status, body } = await call<Page>("GET", `/v1/audit?limit=2&${filter}${cursor}`);
    expect(status).toBe(200);
    found.push(...body.items);
    if (body.nextCursor === null) return found.toReversed();
    cursor = `&cursor=${body.nextCursor}`;
  }
}

const told = (found: Event[]) => found.map(({ action, detail }) => [action, detail]);

describe("the audit", () => {
  it("says who changed what, before and after, and nothing of a PUT that changed nothing", async () => {
    for (const control of [{}, { paused: true }, { paused: true }, { paused: true, ratePerSecond: 0.5 }, {}]) {
      expect((await call("PUT", "/v1/providers/smtp", control)).status).toBe(200);
    }
    const found = await events("subject=provider:smtp");
    expect(told(found)).toEqual([
      ["provider.changed", { before: { paused: false }, after: { paused: true } }],
      ["provider.changed", { before: { ratePerSecond: null }, after: { ratePerSecond: 0.5 } }],
      [
        "provider.changed",
        { before: { paused: true, ratePerSecond: 0.5 }, after: { paused: false, ratePerSecond: null } },
      ],
    ]);
    expect(found[0]).toMatchObject({ actor, client: "shop", subject: { type: "provider", id: "smtp" } });
  });

  it("knows settings, categories and templates, with the version that a rollback restored", async () => {
    const limits = [{ max: 3, per: "1d" }];
    for (const body of [{}, { limits }, { limits }, {}]) await call("PUT", "/v1/settings", body);
    expect(told(await events("action=settings.changed"))).toEqual([
      ["settings.changed", { before: { limits: [] }, after: { limits } }],
      ["settings.changed", { before: { limits }, after: { limits: [] } }],
    ]);

    for (const mandatory of [false, false, true]) {
      await call("PUT", "/v1/categories/orders", { channels: ["email"], mandatory });
    }
    const categories = told(await events("subject=category"));
    expect(categories).toMatchObject([
      ["category.changed", { before: null, after: { channels: ["email"], mandatory: false, expiresAfterMs: null } }],
      ["category.changed", { before: { mandatory: false }, after: { mandatory: true } }],
    ]);

    const locales = { default: { sms: { text: "Hello" } } };
    for (let version = 1; version <= 3; version++) await call("PUT", "/v1/templates/hello", { locales });
    await call("POST", "/v1/templates/hello/rollback");
    await call("POST", "/v1/templates/hello/rollback", { version: 1 });
    expect((await call("POST", "/v1/templates/hello/rollback", { version: 99 })).status).toBe(404);
    expect(told(await events("subject=template:hello")).slice(2)).toEqual([
      ["template.changed", { before: { version: 2 }, after: { version: 3 } }],
      ["template.rolled_back", { before: { version: 3 }, after: { version: 4 }, restored: 2 }],
      ["template.rolled_back", { before: { version: 4 }, after: { version: 5 }, restored: 1 }],
    ]);
  });

  it("says why an address may be sent to again, and never which one it is", async () => {
    const address = { channel: "email", address: "canary-audit@example.com" };
    const { body: made } = await call<{ id: string }>("PUT", "/v1/suppressions", { ...address, reason: "complained" });
    await call("PUT", "/v1/suppressions", { ...address, reason: "complained" });
    await call("DELETE", "/v1/suppressions", { ...address, reason: "owner-asked" });
    expect((await call("DELETE", "/v1/suppressions", { ...address, reason: "Owner asked" })).status).toBe(400);
    await call("DELETE", "/v1/suppressions", address);
    await call("PUT", "/v1/suppressions", address);
    await call("DELETE", `/v1/suppressions/${made.id}?reason=mistake`);
    const complained = { reason: "complained", source: "api" };
    const manual = { reason: "manual", source: "api" };
    expect(told(await events(`subject=suppression:${made.id}`))).toEqual([
      ["suppression.created", { before: null, after: complained }],
      ["suppression.deleted", { before: complained, after: null, reason: "owner-asked" }],
      ["suppression.created", { before: null, after: manual }],
      ["suppression.deleted", { before: manual, after: null, reason: "mistake" }],
    ]);
    const { rows } = await pool.query("SELECT string_agg(e::text, '') AS text FROM audit_events e");
    expect((rows[0] as { text: string }).text).not.toContain("canary-audit");
  });

  it("knows keys, without name and secret, and users that were erased", async () => {
    const requestLimit = { max: 10, per: "1m" };
    const asked = { name: "canary-name", client: "other", scopes: ["read"], requestLimit };
    const { body: key } = await call<{ id: string; appKey: string }>("POST", "/v1/keys", asked);
    await call("DELETE", `/v1/keys/${key.id}`);
    await call("DELETE", `/v1/keys/${key.id}`);
    const found = await events(`subject=key:${key.id}`);
    expect(found.map(({ action, client }) => [action, client])).toEqual([
      ["key.created", "shop"],
      ["key.revoked", "shop"],
    ]);
    expect(found[0]?.detail).toMatchObject({
      after: { clientId: "other", appKey: key.appKey, scopes: ["read"] },
      requestLimit: { max: 10, perMs: 60_000 },
    });
    expect(JSON.stringify(found)).not.toMatch(/canary-name|secret/i);

    const user = `user-${randomUUID()}`;
    await call("PUT", `/v1/users/${user}`, { attributes: { first_name: "canary-name" } });
    await call("DELETE", `/v1/users/${user}`);
    await call("DELETE", `/v1/users/${user}`);
    expect(told(await events(`subject=user:${user}`))).toEqual([["user.erased", {}]]);
  });

  it("knows channels, replays of dead letters and their cancel", async () => {
    await createControls(pool).setChannel(
      "sms",
      { paused: true, ratePerSecond: null },
      { actor: "test", client: null },
    );
    expect(await events("subject=channel:sms")).toMatchObject([{ action: "channel.changed", actor: "test" }]);
    const filter = { reason: "retries_exhausted" };
    const replayId = randomUUID();
    await createReplays(pool).create(
      { replayId, clientId: "shop", selection: { filter }, ratePerSecond: 10, acceptDuplicate: false, expiresAt: null },
      SOMEBODY,
    );
    for (const _ of [1, 2]) await call("POST", `/v1/dead-letters/replays/${replayId}/cancel`);
    expect(told(await events(`subject=replay:${replayId}`))).toEqual([
      ["dead_letters.replayed", { client: "shop", selection: { filter }, ratePerSecond: 10, acceptDuplicate: false }],
      ["dead_letters.replay_cancelled", { client: "shop" }],
    ]);
  });

  it("knows webhook endpoints, by their host, without the rest of the URL and secrets", async () => {
    const url = (path: string) => `https://hooks.example.com/canary-${path}?token=canary`;
    const eventTypes = ["notification.*"];
    const { body: made } = await call<{ id: string }>("POST", "/v1/webhook-endpoints", { url: url("1"), eventTypes });
    const path = `/v1/webhook-endpoints/${made.id}`;
    for (const change of [{ url: url("2") }, { url: url("2") }, { enabled: false }, { eventTypes: ["*"] }]) {
      expect((await call("PATCH", path, change)).status).toBe(200);
    }
    expect((await call("POST", `${path}/rotate-secret`)).status).toBe(200);
    for (const _ of [1, 2]) expect((await call("DELETE", path)).status).toBe(204);

    const found = await events(`subject=webhook_endpoint:${made.id}`);
    expect(found.map(({ action, actor: by }) => [action, by])).toEqual([
      ["webhook_endpoint.created", actor],
      ...Array.from({ length: 4 }, () => ["webhook_endpoint.changed", actor]),
      ["webhook_endpoint.deleted", actor],
    ]);
    expect(found.map(({ detail }) => detail)).toMatchObject([
      { before: null, after: { host: "hooks.example.com", clientId: "shop", eventTypes } },
      { url: "changed" },
      { before: { disabledReason: null }, after: { disabledReason: "by_request" } },
      { before: { eventTypes }, after: { eventTypes: ["*"] } },
      { before: { oldSecretUntil: null } },
      { after: null },
    ]);
    expect(JSON.stringify(found)).not.toMatch(/canary|whsec_/);
  });

  it("names the host of an endpoint as it is called, however it is written", async () => {
    const { body: made } = await call<{ id: string }>("POST", "/v1/webhook-endpoints", {
      url: "HTTPS://HOOKS.example.com:443",
    });
    const found = await events(`subject=webhook_endpoint:${made.id}`);
    expect(found).toMatchObject([{ detail: { after: { host: "hooks.example.com" } } }]);
    expect((await call("DELETE", `/v1/webhook-endpoints/${made.id}`)).status).toBe(204);
    // URLs and whoever reads them do not agree on where the host ends here.
    for (const url of [String.raw`https://hooks.example.com\@shop.example.com/`, String.raw`https://a.example\b`]) {
      expect((await call("POST", "/v1/webhook-endpoints", { url })).status).toBe(400);
    }
  });

  it("names whoever comes by another way by its role and program", async () => {
    const psql = new pg.Client({ connectionString: database.url, application_name: "psql" });
    await psql.connect();
    await psql.query("DELETE FROM settings");
    await psql.query("INSERT INTO provider_controls (provider, paused) VALUES ('twilio', true)");
    const { rows } = await psql.query<{ role: string }>("SELECT session_user AS role");
    await psql.end();
    const byHand = `database:${rows[0]?.role}/psql`;
    expect(told(await events(`actor=${byHand}`))).toEqual([
      ["provider.changed", { before: { paused: false }, after: { paused: true } }],
    ]);
  });

  it("has no event of a change that was rolled back, and no change without its event", async () => {
    await pool.query("ALTER TABLE audit_events ADD CONSTRAINT refused CHECK (subject_id <> 'vonage') NOT VALID");
    const pausing = createControls(pool).setProvider("vonage", { paused: true, ratePerSecond: null }, SOMEBODY);
    await expect(pausing).rejects.toThrow("refused");
    await pool.query("ALTER TABLE audit_events DROP CONSTRAINT refused");
    expect((await call("GET", "/v1/providers/vonage")).body).toMatchObject({ paused: false });
    expect(await events("subject=provider:vonage")).toEqual([]);
  });

  it("is never changed, and is for administrators only", async () => {
    await expect(pool.query("UPDATE audit_events SET actor = 'nobody'")).rejects.toThrow("never changes");
    const { body: key } = await call<{ appKey: string; appSecret: string }>("POST", "/v1/keys", {
      name: "manager",
      scopes: ["send", "manage"],
    });
    expect((await call("GET", "/v1/audit", undefined, `${key.appKey}.${key.appSecret}`)).status).toBe(403);
  });

  it("is read by time", async () => {
    const all = await events("client=shop");
    const middle = all[4]?.at ?? "";
    const before = await events(`client=shop&to=${middle}`);
    const after = await events(`client=shop&from=${middle}`);
    expect(before.length).toBeGreaterThan(0);
    expect([...before, ...after]).toEqual(all);
    for (const query of ["subject=Provider", "actor=a%00", "cursor=bm90aGluZw", "from=yesterday", "action=nothing"]) {
      expect((await call("GET", `/v1/audit?${query}`)).status).toBe(400);
    }
  });
});
