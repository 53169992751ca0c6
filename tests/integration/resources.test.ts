import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrate } from "../../src/database/migrate.ts";
import { createKeyStore } from "../../src/database/keys.ts";
import { createPool } from "../../src/database/pool.ts";
import { createPrisma } from "../../src/database/prisma.ts";
import type { Scope } from "../../src/domain/scope.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type Answer, exchange } from "../support/exchange.ts";
import { type Api, startApi } from "../support/processes.ts";
import { waitFor } from "../support/wait-for.ts";

type Json = Record<string, unknown>;

let database: TestDatabase;
let pool: pg.Pool;
let api: Api;
let keys: ReturnType<typeof createKeyStore>;
let admin: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, { max: 5, applicationName: "resources-test" });
  keys = createKeyStore({ pool, prisma: createPrisma(pool) });
  await keys.ensureClient({ id: "shop", name: "Shop" });
  admin = await givenKey(["admin"]);
  // Nothing here needs Temporal: no server is at this address.
  api = await startApi({
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: "127.0.0.1:1",
    TIDINGS_SECRET: "a secret of at least 32 characters",
  });
});

afterAll(async () => {
  const exitCode = await api.stop();
  await pool.end();
  await database.drop();
  expect(exitCode).toBe(0);
});

async function givenKey(scopes: Scope[], expiresAt: Date | null = null): Promise<string> {
  const { key, appSecret } = await keys.create(
    { clientId: "shop", name: "test", scopes, expiresAt },
    { actor: "test", client: null },
  );
  return `${key.appKey}.${appSecret}`;
}

function call(method: string, path: string, body?: unknown, key: string | null = admin): Promise<Answer> {
  return exchange(api.url, method, path, body, {
    ...(key === null ? {} : { authorization: key.includes(" ") ? key : `Bearer ${key}` }),
  });
}

async function givenUser(body: Json = {}): Promise<string> {
  const id = `user-${randomUUID()}`;
  expect((await call("PUT", `/v1/users/${id}`, body)).status).toBe(201);
  return id;
}

const sms = (text: string) => ({ locales: { default: { sms: { text } } } });

describe("authentication", () => {
  it("takes a key as Bearer and as Basic, whatever the scheme's case", async () => {
    const basic = Buffer.from(admin.replace(".", ":")).toString("base64");
    for (const header of [`Bearer ${admin}`, `bearer ${admin}`, `Basic ${basic}`]) {
      expect((await call("GET", "/v1/keys", undefined, header)).status).toBe(200);
    }
  });

  it("answers the same 401 for every other header", async () => {
    const expired = await givenKey(["admin"], new Date(Date.now() - 1_000));
    const [appKey = "", appSecret = ""] = admin.split(".");
    const revoked = await givenKey(["admin"]);
    const { rows } = await pool.query("SELECT id FROM api_keys WHERE app_key = $1", [revoked.split(".")[0]]);
    expect((await call("GET", "/v1/keys", undefined, revoked)).status).toBe(200);
    expect((await call("DELETE", `/v1/keys/${rows[0].id}`)).status).toBe(204);

    const headers = [
      null,
      `${admin} x`,
      `Bearer ${appKey}`,
      `Bearer ${appKey}.`,
      `Bearer .${appSecret}`,
      `Bearer ${appKey}.${appSecret}x`,
      `Bearer ${appKey}.${"A".repeat(43)}`,
      `Bearer unknown.${appSecret}`,
      `Bearer ${appKey} ${appSecret}`,
      `Bearer ${appKey}.${"x".repeat(5_000)}`,
      `Basic ${Buffer.from(`${appKey}\0:${appSecret}`).toString("base64")}`,
      `Basic ${Buffer.from("no colon").toString("base64")}`,
      "Basic ====",
      `Digest ${admin}`,
      `Bearer ${expired}`,
      `Bearer ${revoked}`,
    ];
    for (const header of headers) {
      const { status, headers: answered, body } = await call("GET", "/v1/keys", undefined, header);
      expect([header, status, body.code]).toEqual([header, 401, "unauthenticated"]);
      expect(answered.get("www-authenticate")).toContain("Bearer");
      expect(body).not.toHaveProperty("detail");
    }
  });

  it("asks for a key before it says what exists or reads a body", async () => {
    expect((await call("GET", "/v1/nowhere", undefined, null)).status).toBe(401);
    expect((await call("PUT", "/v1/users/u1", "not JSON", null)).status).toBe(401);
  });

  it("lets each scope do its part only", async () => {
    const user = await givenUser();
    const attempts: [string, string, unknown, Scope][] = [
      ["GET", `/v1/users/${user}`, undefined, "read"],
      ["PUT", `/v1/users/${user}`, {}, "manage"],
      ["GET", `/v1/users/${user}/contacts`, undefined, "read"],
      ["POST", `/v1/users/${user}/contacts`, { channel: "fcm", address: "scopes" }, "manage"],
      ["GET", `/v1/users/${user}/preferences`, undefined, "read"],
      ["PUT", `/v1/users/${user}/preferences`, {}, "manage"],
      ["PUT", "/v1/categories/scopes", { channels: ["sms"] }, "manage"],
      ["GET", "/v1/categories/scopes", undefined, "read"],
      ["GET", "/v1/categories", undefined, "read"],
      ["PUT", "/v1/templates/scopes", sms("x"), "manage"],
      ["GET", "/v1/templates/scopes", undefined, "read"],
      ["GET", "/v1/templates", undefined, "read"],
      ["POST", "/v1/templates/scopes/preview", {}, "read"],
      ["POST", "/v1/templates/scopes/rollback", { version: 1 }, "manage"],
      ["GET", "/v1/keys", undefined, "admin"],
      ["POST", "/v1/keys", { name: "x", scopes: ["read"] }, "admin"],
      ["DELETE", `/v1/keys/${randomUUID()}`, undefined, "admin"],
      ["DELETE", `/v1/users/${user}/contacts/${randomUUID()}`, undefined, "manage"],
      ["DELETE", `/v1/users/${user}`, undefined, "manage"],
    ];
    const allowed: Record<string, Scope[]> = { send: [], read: ["read"], manage: ["read", "manage"] };
    for (const scope of ["send", "read", "manage"] as const) {
      const key = await givenKey([scope]);
      for (const [method, path, body, needed] of attempts) {
        if (allowed[scope]?.includes(needed) === true) continue;
        const answer = await call(method, path, body, key);
        expect([scope, method, path, answer.status, answer.body.code]).toEqual([
          scope,
          method,
          path,
          403,
          "missing_scope",
        ]);
      }
    }
    const manager = await givenKey(["manage"]);
    for (const [method, path, body, needed] of attempts.filter(([, , , needed]) => needed !== "admin")) {
      expect([method, path, needed, (await call(method, path, body, manager)).status]).toEqual([
        method,
        path,
        needed,
        expect.toSatisfy((status: number) => status < 300),
      ]);
    }
  });
});

describe("keys", () => {
  it("shows a secret once and keeps only its hash", async () => {
    const made = await call("POST", "/v1/keys", { name: "orders", scopes: ["send", "read"], client: "orders" });
    expect(made.status).toBe(201);
    const { appKey, appSecret, ...rest } = made.body;
    expect(appKey).toMatch(/^tk_/);
    expect(Buffer.from(appSecret as string, "base64url")).toHaveLength(32);
    expect(rest).toMatchObject({
      client: "orders",
      name: "orders",
      scopes: ["send", "read"],
      expiresAt: null,
      revokedAt: null,
    });
    const list = await call("GET", "/v1/keys?limit=200");
    expect(list.body.items).toContainEqual({ appKey, ...rest });
    expect(JSON.stringify(list.body)).not.toContain(appSecret);
    const stored = await pool.query("SELECT * FROM api_keys WHERE app_key = $1", [appKey]);
    expect(JSON.stringify(stored.rows)).not.toContain(appSecret);
    expect((await call("GET", "/v1/users/nobody", undefined, `${appKey}.${appSecret}`)).status).toBe(404);
  });

  it("revokes at once, and again without complaint", async () => {
    const made = await call("POST", "/v1/keys", { name: "short", scopes: ["read"] });
    const key = `${made.body.appKey}.${made.body.appSecret}`;
    expect((await call("GET", "/v1/users/nobody", undefined, key)).status).toBe(404);
    for (const _ of [1, 2]) expect((await call("DELETE", `/v1/keys/${made.body.id}`)).status).toBe(204);
    expect((await call("GET", "/v1/users/nobody", undefined, key)).status).toBe(401);
  });

  it.each([
    [{ name: "x" }, "scopes"],
    [{ name: "x", scopes: ["root"] }, "scopes[0]"],
    [{ name: "x", scopes: ["read", "read"] }, "scopes"],
    [{ name: "x", scopes: ["read"], client: "UPPER" }, "client"],
    [{ name: "x", scopes: ["read"], expiresAt: "tomorrow" }, "expiresAt"],
    [{ name: "x", scopes: ["read"], expiresAt: "2020-01-01T00:00:00Z" }, "expiresAt"],
  ])("refuses %j", async (body, field) => {
    expect(await call("POST", "/v1/keys", body)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });

  it("brings a known pair back to the state that is asked for", async () => {
    const pair = { appKey: "tk_development", appSecret: "a-known-secret" };
    const state = { clientId: "shop", name: "development", scopes: ["admin"], expiresAt: null, ...pair };
    for (const _ of [1, 2]) await keys.ensure(state);
    const key = `${pair.appKey}.${pair.appSecret}`;
    expect((await call("GET", "/v1/keys", undefined, key)).status).toBe(200);
    await pool.query("UPDATE api_keys SET revoked_at = now() WHERE app_key = $1", [pair.appKey]);
    expect((await call("GET", "/v1/keys", undefined, key)).status).toBe(401);
    await keys.ensure(state);
    expect((await call("GET", "/v1/keys", undefined, key)).status).toBe(200);
  });
});

describe("users", () => {
  it("are made, shown, replaced and deleted with all that is theirs", async () => {
    const path = `/v1/users/${encodeURIComponent("ü ser/1")}`;
    const body = { locale: "ko-KR", timezone: "Asia/Seoul", attributes: { first_name: "Mina", vip: true } };
    const made = await call("PUT", path, body);
    expect(made).toMatchObject({ status: 201, body: { id: "ü ser/1", ...body } });
    expect(new Date(made.body.createdAt as string).toISOString()).toBe(made.body.createdAt);
    expect((await call("GET", path)).body).toEqual(made.body);
    const replaced = await call("PUT", path, {});
    expect(replaced).toMatchObject({
      status: 200,
      body: { locale: null, timezone: null, attributes: {}, createdAt: made.body.createdAt },
    });
    await call("POST", `${path}/contacts`, { channel: "email", address: "mina@example.com" });
    await call("PUT", `${path}/preferences`, { all: false });
    for (const _ of [1, 2]) expect((await call("DELETE", path)).status).toBe(204);
    expect(await call("GET", path)).toMatchObject({ status: 404, body: { code: "user_not_found" } });
    expect(await call("GET", `${path}/contacts`)).toMatchObject({ status: 404, body: { code: "user_not_found" } });
    await call("PUT", path, {});
    expect((await call("GET", `${path}/contacts`)).body).toEqual({ items: [], nextCursor: null });
    expect((await call("GET", `${path}/preferences`)).body).toMatchObject({ all: true, updatedAt: null });
  });

  it("refuses a time zone that does not exist with 422", async () => {
    expect(await call("PUT", "/v1/users/zone", { timezone: "Asia/Nowhere" })).toMatchObject({
      status: 422,
      body: { code: "invalid_timezone", errors: [{ field: "timezone" }] },
    });
    expect((await call("GET", "/v1/users/zone")).status).toBe(404);
  });

  it("is one user however many make it at once", async () => {
    const path = `/v1/users/${randomUUID()}`;
    const answers = await Promise.all(Array.from({ length: 10 }, () => call("PUT", path, { locale: "en" })));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 9 }, () => 200), 201]);
  });

  it.each(["%00", "a%0Ab", "x".repeat(201), "%ff", "%zz"])("refuses the id %s", async (id) => {
    expect(await call("PUT", `/v1/users/${id}`, {})).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  });
});

describe("contacts", () => {
  it("are registered once, listed in pages and deleted", async () => {
    const path = `/v1/users/${await givenUser()}/contacts`;
    const made = await call("POST", path, { channel: "email", address: "Mina@EXAMPLE.com", primary: true });
    expect(made).toMatchObject({
      status: 201,
      body: { channel: "email", address: "Mina@example.com", app: null, primary: true, active: true },
    });
    const again = await call("POST", path, { channel: "email", address: "Mina@example.com" });
    expect(again).toMatchObject({ status: 200, body: { id: made.body.id, primary: true } });
    const others = ["+821012345678", "+821012345679"];
    for (const address of others) expect((await call("POST", path, { channel: "sms", address })).status).toBe(201);

    const first = await call("GET", `${path}?limit=2`);
    const second = await call("GET", `${path}?limit=2&cursor=${first.body.nextCursor}`);
    const addresses = [first, second].flatMap(({ body }) => (body.items as Json[]).map(({ address }) => address));
    expect(addresses).toEqual(["Mina@example.com", ...others]);
    expect(second.body.nextCursor).toBeNull();

    for (const _ of [1, 2]) expect((await call("DELETE", `${path}/${made.body.id}`)).status).toBe(204);
    expect(((await call("GET", path)).body.items as Json[]).map(({ address }) => address)).toEqual(others);
  });

  it("belong to one user: another's id deletes nothing", async () => {
    const [mine, other] = [await givenUser(), await givenUser()];
    const { body } = await call("POST", `/v1/users/${mine}/contacts`, { channel: "sms", address: "+821012345678" });
    expect((await call("DELETE", `/v1/users/${other}/contacts/${body.id}`)).status).toBe(204);
    expect((await call("GET", `/v1/users/${mine}/contacts`)).body.items).toHaveLength(1);
  });

  it("have one primary per channel, whoever becomes it at the same time", async () => {
    const path = `/v1/users/${await givenUser()}/contacts`;
    const addresses = Array.from({ length: 8 }, (_, index) => `+8210123456${10 + index}`);
    const answers = await Promise.all(
      addresses.map((address) => call("POST", path, { channel: "sms", address, primary: true })),
    );
    expect(answers.map(({ status }) => status)).toEqual(addresses.map(() => 201));
    const items = (await call("GET", path)).body.items as Json[];
    expect(items.filter(({ primary }) => primary)).toHaveLength(1);
    const next = items.find(({ primary }) => primary !== true);
    await call("POST", path, { channel: "sms", address: next?.address, primary: true });
    const after = (await call("GET", path)).body.items as Json[];
    expect(after.filter(({ primary }) => primary).map(({ id }) => id)).toEqual([next?.id]);
    await call("POST", path, { channel: "sms", address: next?.address, primary: false });
    expect(((await call("GET", path)).body.items as Json[]).filter(({ primary }) => primary)).toEqual([]);
  });

  it("take a device along when it changes hands, under a new id", async () => {
    const [before, after] = [await givenUser(), await givenUser()];
    const device = { channel: "fcm", address: `token-${randomUUID()}`, app: "com.example.app" };
    const old = await call("POST", `/v1/users/${before}/contacts`, device);
    const moved = await call("POST", `/v1/users/${after}/contacts`, device);
    expect(moved.status).toBe(201);
    expect(moved.body.id).not.toBe(old.body.id);
    expect((await call("GET", `/v1/users/${before}/contacts`)).body.items).toEqual([]);
    expect((await call("GET", `/v1/users/${after}/contacts`)).body.items).toEqual([moved.body]);
  });

  it("leave a device with exactly one user, however many register it at once", async () => {
    const users = await Promise.all(Array.from({ length: 4 }, () => givenUser()));
    const device = { channel: "fcm", address: `token-${randomUUID()}` };
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => call("POST", `/v1/users/${users[index % 4]}/contacts`, device)),
    );
    expect(answers.filter(({ status }) => status >= 300)).toEqual([]);
    const { rows } = await pool.query("SELECT user_id FROM contacts WHERE address = $1", [device.address]);
    expect(rows).toHaveLength(1);
  });

  it("are one contact when one user registers the same address many times at once", async () => {
    const path = `/v1/users/${await givenUser()}/contacts`;
    for (const contact of [
      { channel: "apns", address: randomBytes(32).toString("hex") },
      { channel: "email", address: "mina@example.com" },
    ]) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => call("POST", path, contact)));
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(19);
    }
  });

  it("revive a dead device that registers again", async () => {
    const path = `/v1/users/${await givenUser()}/contacts`;
    const device = { channel: "fcm", address: `token-${randomUUID()}` };
    const { body } = await call("POST", path, device);
    await pool.query("UPDATE contacts SET deactivated_at = now() WHERE id = $1", [body.id]);
    expect((await call("GET", path)).body.items).toMatchObject([{ active: false }]);
    expect(await call("POST", path, device)).toMatchObject({ status: 200, body: { id: body.id, active: true } });
  });

  it("may have the longest token that is allowed", async () => {
    const path = `/v1/users/${"u".repeat(200)}`;
    await call("PUT", path, {});
    const address = randomBytes(1_500).toString("base64url").slice(0, 2_000);
    expect((await call("POST", `${path}/contacts`, { channel: "fcm", address })).status).toBe(201);
  });

  it("need a user", async () => {
    const answer = await call("POST", "/v1/users/nobody/contacts", { channel: "sms", address: "+821012345678" });
    expect(answer).toMatchObject({ status: 404, body: { code: "user_not_found" } });
  });

  it("never echo an address that is refused", async () => {
    const path = `/v1/users/${await givenUser()}/contacts`;
    const answer = await call("POST", path, { channel: "email", address: "mina@example@com" });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: "address" }] } });
    expect(JSON.stringify(answer.body)).not.toContain("mina@example@com");
  });
});

describe("preferences", () => {
  it("are put and shown, with defaults before", async () => {
    const path = `/v1/users/${await givenUser()}/preferences`;
    expect((await call("GET", path)).body).toEqual({ all: true, quietHours: null, categories: {}, updatedAt: null });
    const body = {
      all: true,
      quietHours: { from: "22:00", to: "08:00" },
      categories: { marketing: { email: false, push: false } },
    };
    expect(await call("PUT", path, body)).toMatchObject({ status: 201, body });
    expect((await call("GET", path)).body).toMatchObject(body);
    expect(await call("PUT", path, { all: false })).toMatchObject({
      status: 200,
      body: { all: false, quietHours: null },
    });
  });

  it("need a user", async () => {
    for (const [method, body] of [
      ["GET", undefined],
      ["PUT", {}],
    ] as const) {
      const answer = await call(method, "/v1/users/nobody/preferences", body);
      expect(answer).toMatchObject({ status: 404, body: { code: "user_not_found" } });
    }
  });
});

describe("categories", () => {
  it("are put, shown and listed", async () => {
    const body = {
      channels: ["push", "sms"],
      mandatory: true,
      guarantee: "at_most_once",
      priority: "high",
      expiresAfter: "24h",
    };
    expect(await call("PUT", "/v1/categories/orders", body)).toMatchObject({
      status: 201,
      body: { id: "orders", ...body },
    });
    expect(await call("PUT", "/v1/categories/orders", { channels: ["email"] })).toMatchObject({
      status: 200,
      body: {
        channels: ["email"],
        mandatory: false,
        guarantee: "at_least_once",
        priority: "normal",
        expiresAfter: null,
      },
    });
    const shown = await call("GET", "/v1/categories/orders");
    expect(shown.body).toMatchObject({ id: "orders", channels: ["email"] });
    expect((await call("GET", "/v1/categories?limit=200")).body.items).toContainEqual(shown.body);
    expect(await call("GET", "/v1/categories/none")).toMatchObject({
      status: 404,
      body: { code: "category_not_found" },
    });
  });

  it("come in pages that neither repeat nor skip", async () => {
    const ids = Array.from({ length: 7 }, (_, index) => `page-${index}`);
    for (const id of ids) await call("PUT", `/v1/categories/${id}`, { channels: ["sms"] });
    const seen: unknown[] = [];
    for (let cursor: unknown = ""; cursor !== null;) {
      const query: string = cursor === "" ? "" : `&cursor=${String(cursor)}`;
      const { body } = await call("GET", `/v1/categories?limit=3${query}`);
      seen.push(...(body.items as Json[]).map(({ id }) => id));
      cursor = body.nextCursor;
    }
    expect(seen.filter((id) => ids.includes(id as string))).toEqual(ids);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it.each(["limit=0", "limit=1000", "cursor=x", "page=2"])("refuses the query %s", async (query) => {
    expect((await call("GET", `/v1/categories?${query}`)).status).toBe(400);
  });
});

describe("templates", () => {
  it("have a new version for each change, and keep the old ones", async () => {
    const path = "/v1/templates/shipped";
    expect(await call("PUT", path, sms("one"))).toMatchObject({
      status: 201,
      body: { id: "shipped", version: 1, ...sms("one") },
    });
    expect(await call("PUT", path, sms("two"))).toMatchObject({ status: 200, body: { version: 2, currentVersion: 2 } });
    expect((await call("GET", path)).body).toMatchObject({ version: 2, ...sms("two") });
    expect((await call("GET", `${path}?version=1`)).body).toMatchObject({
      version: 1,
      currentVersion: 2,
      ...sms("one"),
    });
    expect((await call("GET", "/v1/templates?limit=200")).body.items).toContainEqual(
      expect.objectContaining({ id: "shipped", version: 2 }),
    );
    for (const missing of [`${path}?version=3`, "/v1/templates/none"]) {
      expect(await call("GET", missing)).toMatchObject({ status: 404, body: { code: "template_not_found" } });
    }
    await expect(pool.query("UPDATE template_versions SET locales = '{}'")).rejects.toThrow("immutable");
  });

  it("number versions without gaps however many are put at once", async () => {
    const path = "/v1/templates/raced";
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => call("PUT", path, sms(`text ${index}`))),
    );
    const versions = answers.map(({ body }) => body.version as number).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect((await call("GET", path)).body.version).toBe(12);
    for (const { body } of answers) {
      expect((await call("GET", `${path}?version=${String(body.version)}`)).body.locales).toEqual(body.locales);
    }
  });

  it("roll back to an old content as a new version", async () => {
    const path = "/v1/templates/rolled";
    for (const text of ["one", "two", "three"]) await call("PUT", path, sms(text));
    expect(await call("POST", `${path}/rollback`, { version: 1 })).toMatchObject({
      status: 200,
      body: { version: 4, currentVersion: 4, ...sms("one") },
    });
    expect(await call("POST", `${path}/rollback`)).toMatchObject({
      status: 200,
      body: { version: 5, ...sms("three") },
    });
    expect(await call("POST", `${path}/rollback`, { version: 9 })).toMatchObject({ status: 404 });
    expect(await call("POST", "/v1/templates/none/rollback")).toMatchObject({ status: 404 });
    expect((await call("GET", path)).body.version).toBe(5);
  });

  it("are refused with the place of each mistake", async () => {
    const answer = await call("PUT", "/v1/templates/broken", {
      locales: { default: { push: { title: "ok", body: "a\n {{ x | nope }}" } }, ko: { sms: { text: "{% if %}" } } },
    });
    expect(answer).toMatchObject({ status: 422, body: { code: "template_invalid" } });
    expect(answer.body.errors).toMatchObject([
      { field: "locales.default.push.body", line: 2, column: 2, message: "undefined filter: nope" },
      { field: "locales.ko.sms.text", line: 1 },
    ]);
    expect((await call("GET", "/v1/templates/broken")).status).toBe(404);
  });

  it("are previewed with data and a user, in the user's locale", async () => {
    const user = await givenUser({ locale: "pt-BR", attributes: { first_name: "Mina" } });
    const email = { subject: "{{ item }}", text: "{{ item }}", html: "<b>{{ item }}</b>" };
    await call("PUT", "/v1/templates/previewed", {
      locales: {
        default: { email, sms: { text: "Hi" } },
        pt: { sms: { text: "Oi {{ user.first_name }} {{ item }}" } },
      },
    });
    const path = "/v1/templates/previewed/preview";
    expect(await call("POST", path, { userId: user, data: { item: "<x>" } })).toMatchObject({
      status: 200,
      body: {
        version: 1,
        channels: {
          sms: { locale: "pt", text: "Oi Mina <x>" },
          email: { locale: "default", subject: "<x>", text: "<x>", html: "<b>&lt;x&gt;</b>" },
        },
      },
    });
    const missing = await call("POST", path, { locale: "pt" });
    expect(missing).toMatchObject({ status: 422, body: { code: "missing_variable" } });
    const fields = (missing.body.errors as Json[]).map(({ field, channel, locale }) => [field, channel, locale]);
    expect(fields).toEqual([
      ["data.user.first_name", "sms", "pt"],
      ["data.item", "sms", "pt"],
      ["data.item", "email", "default"],
    ]);
    expect(await call("POST", path, { userId: "nobody" })).toMatchObject({ body: { code: "user_not_found" } });
    expect(await call("POST", path, { version: 7 })).toMatchObject({ body: { code: "template_not_found" } });
  });
});

describe("every route", () => {
  it("answers a 404 problem where nothing is", async () => {
    for (const [method, path] of [
      ["GET", "/v1/nowhere"],
      ["PATCH", "/v1/users/u1"],
      ["GET", "/nowhere"],
    ] as const) {
      const answer = await call(method, path);
      expect(answer).toMatchObject({ status: 404, body: { code: "not_found" } });
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
    }
  });

  it("refuses what is no JSON object, too large, or sent as something else", async () => {
    expect((await call("PUT", "/v1/users/u1", "[")).status).toBe(400);
    expect((await call("PUT", "/v1/users/u1", `{"attributes":{"a":"\\u0000"}}`)).body.errors).toMatchObject([
      { field: "attributes.a" },
    ]);
    expect((await call("PUT", "/v1/users/u1", { attributes: { a: "x".repeat(300_000) } })).status).toBe(413);
    const response = await fetch(`${api.url}/v1/users/u1`, {
      method: "PUT",
      headers: { Authorization: `Bearer ${admin}`, "Content-Type": "text/plain" },
      body: "{}",
    });
    expect(response.status).toBe(415);
    expect((await response.json()) as Json).toMatchObject({ code: "unsupported_media_type" });
  });

  it("carries a request id and the headers that keep JSON harmless", async () => {
    const { headers } = await call("GET", "/v1/users/nobody");
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-powered-by")).toBeNull();
  });

  it("logs no user id, address or text", () => {
    // As a word: a connection that is terminated is nobody's.
    for (const secret of [/\bmina\b/i, /\+8210/, /token-/i, /bearer/i, /tk_/i]) {
      expect(api.output()).not.toMatch(secret);
    }
    expect(api.output()).toContain('"route":"/v1/users/:userId/contacts"');
  });
});

describe("health", () => {
  it("tells which dependency is away, and needs no key", async () => {
    expect(await call("GET", "/healthz", undefined, null)).toMatchObject({ status: 200, body: { status: "ok" } });
    const { status, body } = await waitFor("the database to have answered in time", async () => {
      const answer = await call("GET", "/readyz", undefined, null);
      const { dependencies } = answer.body as { dependencies: Record<string, { status: string }> };
      return dependencies["database"]?.status === "ok" && answer;
    });
    expect([status, body]).toMatchObject([503, { status: "unavailable", dependencies: { temporal: {} } }]);
  });

  it("answers 503 while the database is away, starts without it, and goes on when it comes", async () => {
    const url = new URL(database.url);
    const name = `${url.pathname.slice(1)}_late`;
    url.pathname = `/${name}`;
    const late = await startApi({
      DATABASE_URL: url.href,
      TEMPORAL_ADDRESS: "127.0.0.1:1",
      TIDINGS_SECRET: "a secret of at least 32 characters",
    });
    const answerTo = async (path: string) => {
      const response = await fetch(late.url + path, { headers: { Authorization: `Bearer ${admin}` } });
      return {
        status: response.status,
        retryAfter: response.headers.get("retry-after"),
        body: (await response.json()) as Json,
      };
    };
    expect(await answerTo("/v1/users/u1")).toMatchObject({
      status: 503,
      retryAfter: "2",
      body: { code: "unavailable" },
    });
    expect((await answerTo("/healthz")).status).toBe(200);
    expect((await answerTo("/readyz")).body).toMatchObject({ dependencies: { database: { status: "unavailable" } } });
    await pool.query(`CREATE DATABASE ${name}`);
    try {
      // An empty database is there, but of no use yet.
      expect((await answerTo("/readyz")).body).toMatchObject({ dependencies: { database: { status: "unavailable" } } });
      await migrate(url.href, () => undefined);
      await waitFor("the database to be of use", async () => {
        const { dependencies } = (await answerTo("/readyz")).body as {
          dependencies: Record<string, { status: string }>;
        };
        return dependencies["database"]?.status === "ok";
      });
      expect(await late.stop()).toBe(0);
    } finally {
      await late.kill();
      await pool.query(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  });

  it("keeps idle connections for longer than proxies do, and still stops at once", async () => {
    const stopping = await startApi({
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: "127.0.0.1:1",
      TIDINGS_SECRET: "a secret of at least 32 characters",
    });
    const agent = new Agent({ keepAlive: true });
    const request = get(`${stopping.url}/healthz`, { agent });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    expect(response.headers["keep-alive"]).toBe("timeout=75");
    response.resume();
    await once(response, "end");
    const told = Date.now();
    expect(await stopping.stop()).toBe(0);
    expect(Date.now() - told).toBeLessThan(5_000);
    agent.destroy();
  });

  it("answers requests under way when it is told to stop", async () => {
    const stopping = await startApi({
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: "127.0.0.1:1",
      TIDINGS_SECRET: "a secret of at least 32 characters",
    });
    const lock = await pool.connect();
    await lock.query("BEGIN");
    await lock.query("INSERT INTO users (id) VALUES ('draining')");
    const underWay = fetch(`${stopping.url}/v1/users/draining`, {
      method: "PUT",
      headers: { Authorization: `Bearer ${admin}`, "Content-Type": "application/json" },
      body: "{}",
    });
    // Until the API's statement waits for the row.
    for (;;) {
      const { rows } = await pool.query(
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'tidings-api' AND datname = current_database() AND wait_event_type = 'Lock'",
      );
      if (rows.length > 0) break;
      await delay(20);
    }
    const stopped = stopping.stop();
    await lock.query("ROLLBACK");
    lock.release();
    expect((await underWay).status).toBe(201);
    expect(await stopped).toBe(0);
  });
});
