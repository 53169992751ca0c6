import { randomUUID } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUnsubscribeTokens } from "../../src/crypto/unsubscribe-tokens.ts";
import { createPool } from "../../src/database/pool.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type Api, startApi } from "../support/processes.ts";

const SECRET = "a secret of at least 32 characters";
const tokens = createUnsubscribeTokens(SECRET);
const ADDRESS_HASH = "ab".repeat(32);
const ONE_CLICK = "List-Unsubscribe=One-Click";

let database: TestDatabase;
let pool: pg.Pool;
let api: Api;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, { max: 3, applicationName: "unsubscribe-test" });
  // Nothing here needs Temporal: no server is at this address.
  api = await startApi({ DATABASE_URL: database.url, TEMPORAL_ADDRESS: "127.0.0.1:1", TIDINGS_SECRET: SECRET });
});

afterAll(async () => {
  await api.stop();
  await pool.end();
  await database.drop();
});

async function givenUser(): Promise<{ userId: string; path: string }> {
  const userId = `user-${randomUUID()}`;
  await pool.query("INSERT INTO users (id) VALUES ($1)", [userId]);
  return { userId, path: `/u/${tokens.make({ userId, category: "marketing" })}` };
}

const toAddress = `/u/${tokens.make({ addressHash: ADDRESS_HASH, category: "marketing" })}`;

const form = { "content-type": "application/x-www-form-urlencoded" };
const visit = (path: string) => fetch(api.url + path, { redirect: "manual" });
const post = (path: string, body: string | FormData, headers: Record<string, string> = form) =>
  fetch(api.url + path, { method: "POST", redirect: "manual", headers, body });

async function preferencesOf(userId: string) {
  const { rows } = await pool.query<{ all: boolean; categories: unknown }>(
    'SELECT "all", categories FROM preferences WHERE user_id = $1',
    [userId],
  );
  return rows[0] ?? null;
}

const isSuppressed = async () => {
  const { rows } = await pool.query<{ reason: string }>("SELECT reason FROM suppressions WHERE channel = 'email'");
  return rows.map(({ reason }) => reason);
};

describe("the unsubscribe link of a mail", () => {
  it("ends mail of its category with one click, without a login, a cookie or a redirection, and again", async () => {
    const { userId, path } = await givenUser();
    for (let click = 0; click < 2; click++) {
      const response = await post(path, ONE_CLICK);
      expect(response.status).toBe(200);
      expect(response.headers.get("set-cookie")).toBeNull();
      expect(await preferencesOf(userId)).toEqual({ all: true, categories: { marketing: { email: false } } });
    }
  });

  it("takes the click as a form of either kind", async () => {
    const { userId, path } = await givenUser();
    const body = new FormData();
    body.set("List-Unsubscribe", "One-Click");
    expect((await post(path, body, {})).status).toBe(200);
    expect(await preferencesOf(userId)).toMatchObject({ categories: { marketing: { email: false } } });
  });

  it("keeps what else the user has chosen", async () => {
    const { userId, path } = await givenUser();
    const chosen = { marketing: { push: false, email: true }, orders: { email: false } };
    await pool.query("INSERT INTO preferences (user_id, categories) VALUES ($1, $2)", [userId, JSON.stringify(chosen)]);
    await post(path, ONE_CLICK);
    const after = { marketing: { push: false, email: false }, orders: { email: false } };
    expect(await preferencesOf(userId)).toEqual({ all: true, categories: after });
  });

  it("changes nothing where somebody only looks, as mail scanners do", async () => {
    const { userId, path } = await givenUser();
    const response = await visit(path);
    expect(response.status).toBe(200);
    const page = await response.text();
    expect(page).toContain("Emails about “marketing”");
    expect(page).not.toMatch(/<script|<img|<link|https?:\/\//);
    expect(response.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-\S+'; form-action 'self';/,
    );
    expect(await preferencesOf(userId)).toBeNull();
    expect((await fetch(api.url + path, { method: "HEAD" })).status).toBe(200);
    expect(await preferencesOf(userId)).toBeNull();
  });

  it("leads to a page with a switch for its category and one for everything, which shows what was done", async () => {
    const { userId, path } = await givenUser();
    const choose = async (choice: string) => (await post(path, `choice=${encodeURIComponent(choice)}`)).text();
    expect(await choose("category:off")).toContain("You get none of these emails.");
    expect(await choose("category:on")).toContain("You get these emails.");
    expect(await choose("all:off")).toContain("nothing but what is necessary");
    expect(await preferencesOf(userId)).toEqual({ all: false, categories: { marketing: { email: true } } });
    expect(await choose("all:on")).toContain("as you have chosen them");
    expect(await preferencesOf(userId)).toMatchObject({ all: true });
  });

  it("suppresses an address that the request brought, and takes back only that", async () => {
    await post(toAddress, ONE_CLICK);
    expect(await isSuppressed()).toEqual(["unsubscribed"]);
    expect(await (await visit(toAddress)).text()).toContain("You get no emails from us.");
    await post(toAddress, "choice=all%3Aon");
    expect(await isSuppressed()).toEqual([]);
    const { rows: audited } = await pool.query("SELECT action, actor FROM audit_events ORDER BY at");
    expect(audited).toEqual([
      { action: "suppression.created", actor: "link:unsubscribe" },
      { action: "suppression.deleted", actor: "link:unsubscribe" },
    ]);
    await pool.query("INSERT INTO suppressions VALUES ('email', decode($1, 'hex'), 'complained', 'x')", [ADDRESS_HASH]);
    await post(toAddress, "choice=all%3Aon");
    expect(await isSuppressed()).toEqual(["complained"]);
  });

  it("says to a user who was erased that nothing is sent any more, and has nothing to switch", async () => {
    const { userId, path } = await givenUser();
    await pool.query("DELETE FROM users WHERE id = $1", [userId]);
    for (const answer of [await visit(path), await post(path, ONE_CLICK), await post(path, "choice=all%3Aon")]) {
      expect(answer.status).toBe(200);
      const page = await answer.text();
      expect(page).toContain("You will receive nothing more from us");
      expect(page).not.toMatch(/<button|On\./);
    }
    expect(await preferencesOf(userId)).toBeNull();
  });

  it("does nothing where it was not made here", async () => {
    const { userId, path } = await givenUser();
    const forged = `/u/${createUnsubscribeTokens("another secret of 32 characters!").make({ userId, category: "x" })}`;
    for (const wrong of [forged, `${path.slice(0, -6)}AAAAAA`, "/u/hello"]) {
      expect((await visit(wrong)).status).toBe(404);
      expect((await post(wrong, ONE_CLICK)).status).toBe(404);
    }
    expect(await preferencesOf(userId)).toBeNull();
    expect((await post(path, "x".repeat(5_000))).status).toBe(413);
  });

  it("says nothing of the reader's address, and is not logged", async () => {
    const { path } = await givenUser();
    await visit(path);
    expect(Buffer.from(path.split("/")[2]?.split(".")[0] ?? "", "base64url").toString()).not.toContain("@");
    expect(api.output()).not.toContain(path);
  });
});
