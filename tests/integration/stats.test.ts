import { randomUUID } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool } from "../../src/database/pool.ts";
import { createStats, readSql, type Stats } from "../../src/database/stats.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { mixedRun, mixedRunSettings, prepareMixedRun, statsOf } from "../support/mixed-run.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";

const dayFromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
/** Whether or not midnight in UTC passes on the way. */
const NOWADAYS = `from=${dayFromNow(-1)}&to=${dayFromNow(1)}`;
/** Notifications of every kind. */
const MIXED_RUN = Number(process.env.MIXED_RUN ?? 200);
const YEAR = { from: "2000-01-01", to: "2099-12-31" };

describe("the counts of deliveries", () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let stats: Stats;

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, { max: 10, applicationName: "stats-test" });
    stats = createStats(pool);
    await pool.query("INSERT INTO clients (id, name) VALUES ('shop', 'Shop'), ('bank', 'Bank')");
  });

  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** A notification of a category with one pending delivery. */
  async function given(category: string, client = "shop"): Promise<string> {
    const [notificationId, deliveryId] = [randomUUID(), randomUUID()];
    await pool.query(
      `INSERT INTO notifications (id, client_id, event_id, workflow_id, category_id, template_id, template_version, status,
         mandatory, guarantee, priority, accepted_at, decided_at, next_action_at, open_count)
       VALUES ($1::uuid, $3, $1::uuid::text, 'w', $2, 't', 2, 'accepted', false, 'at_least_once', 'normal', now(), now(), now(), 1)`,
      [notificationId, category, client],
    );
    await pool.query(
      `INSERT INTO deliveries (id, notification_id, position, channel, status) VALUES ($1, $2, 1, 'email', 'pending')
       ON CONFLICT DO NOTHING`,
      [deliveryId, notificationId],
    );
    return deliveryId;
  }

  const move = (id: string, set: string) => pool.query(`UPDATE deliveries SET ${set} WHERE id = $1`, [id]);

  async function countsOf(category: string, clientId: string | null = "shop"): Promise<Record<string, number>> {
    const rows = await stats.read({ clientId, ...YEAR, by: ["category"], limit: 1_000 });
    const { category: _, ...counts } = rows.find((row) => row.category === category) ?? {};
    return Object.fromEntries(Object.entries(counts as Record<string, number>).filter(([, count]) => count !== 0));
  }

  async function foldAll(): Promise<void> {
    while ((await stats.fold(7)) > 0);
  }

  it("count a delivery once in each measure, also where it is sent again after it failed", async () => {
    const id = await given("replayed");
    for (const again of [1, 2]) {
      await move(id, `status = 'sending', attempts = ${again}, provider = 'smtp', open_attempt_id = gen_random_uuid()`);
      await move(id, "status = 'failed', reason = '5.1.1', open_attempt_id = NULL");
      await move(id, "status = 'pending', reason = NULL");
    }
    expect(await countsOf("replayed")).toEqual({ notifications: 1, created: 1, failed: 1 });
    await move(id, "status = 'sent', sent_at = now()");
    await move(id, "status = 'opened', opened_at = now()");
    await move(id, "status = 'clicked', delivered_at = now()");
    await move(id, "status = 'complained'");
    const all = { sent: 1, delivered: 1, opened: 1, clicked: 1, failed: 1, complained: 1 };
    expect(await countsOf("replayed")).toEqual({ notifications: 1, created: 1, ...all });
    await foldAll();
    expect(await countsOf("replayed")).toEqual({ notifications: 1, created: 1, ...all });
  });

  it("call what was stopped before any attempt suppressed, and after one failed", async () => {
    const [untouched, tried] = [await given("stopped"), await given("stopped")];
    await move(untouched, "status = 'cancelled', reason = 'cancelled'");
    await move(tried, "status = 'expired', reason = 'expired', attempts = 1");
    const rows = await stats.read({ clientId: "shop", ...YEAR, by: ["category", "reason"], limit: 1_000 });
    expect(rows.filter(({ category, reason }) => category === "stopped" && reason !== null)).toMatchObject([
      { reason: "cancelled", suppressed: 1, failed: 0 },
      { reason: "expired", suppressed: 0, failed: 1 },
    ]);
  });

  it("are the client's own", async () => {
    await given("shared", "shop");
    await given("shared", "bank");
    expect(await countsOf("shared", "bank")).toEqual({ notifications: 1, created: 1 });
    expect(await countsOf("shared", null)).toEqual({ notifications: 2, created: 2 });
  });

  it("leave out what is older than the counting", async () => {
    const id = await given("older");
    await foldAll();
    const before = await countsOf("older");
    // As the migration leaves it; the trigger that marks new rows looks at other columns.
    await move(id, "counted = NULL");
    await move(id, "status = 'sent', sent_at = now()");
    expect(await countsOf("older")).toEqual(before);
  });

  it("never lose or repeat one while they are folded, by several at once, of which some die", async () => {
    const all = 100;
    let written = 0;
    let seen = 0;
    const write = async () => {
      while (written < all) {
        written++;
        await given("busy");
      }
    };
    const fold = async () => {
      while (written < all) await stats.fold(20);
    };
    const die = async () => {
      while (written < all) {
        const connection = await pool.connect();
        await connection.query("BEGIN");
        await createStats(connection as unknown as pg.Pool).fold(20);
        await connection.query("ROLLBACK");
        connection.release();
      }
    };
    const read = async () => {
      while (written < all) {
        const { created = 0 } = await countsOf("busy");
        expect(created).toBeGreaterThanOrEqual(seen);
        seen = created;
      }
    };
    await Promise.all([write(), write(), fold(), fold(), die(), read()]);
    expect(await countsOf("busy")).toEqual({ notifications: all, created: all });
    await foldAll();
    expect(await countsOf("busy")).toEqual({ notifications: all, created: all });
    const { rows } = await pool.query("SELECT 1 FROM stat_deltas LIMIT 1");
    expect(rows).toEqual([]);
  });

  it("are found by their key, however many other days and clients there are", async () => {
    await pool.query(
      `INSERT INTO stat_days
       SELECT c, d::date, 'orders', 't', 1, 'email', '', m, '', 1
       FROM unnest(ARRAY['shop', 'bank', 'a', 'b', 'c']) c, unnest(ARRAY['created', 'sent', 'delivered', 'opened']) m,
         generate_series('2020-01-01'::timestamp, '2022-12-31', '1 day') d`,
    );
    await pool.query("ANALYZE stat_days");
    const asked: Record<string, string> = { $1: "'shop'", $2: "'2022-01-01'", $3: "'2022-01-31'", $4: "100" };
    const { rows } = await pool.query<{ "QUERY PLAN": string }>(
      `EXPLAIN ${readSql(["day"]).replace(/\$\d/g, (name) => asked[name] ?? name)}`,
    );
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toContain("stat_days_pkey");
    expect(plan).not.toContain("Seq Scan on stat_days");
    const days = await stats.read({ clientId: "shop", from: "2022-01-01", to: "2022-01-31", by: ["day"], limit: 100 });
    expect(days).toHaveLength(31);
    expect(days[30]).toMatchObject({ day: "2022-01-31", created: 1, sent: 1, delivered: 1, opened: 1, failed: 0 });
  });
});

describe("GET /v1/stats", () => {
  let system: System;

  beforeAll(async () => {
    system = await startSystem({ settings: mixedRunSettings });
    await seed(system);
    await prepareMixedRun(system);
  });

  afterAll(() => system.stop());

  const get = (query: string) => system.call("GET", `/v1/stats?${query}`);

  it(
    `says what the sandbox and the receipts say, after a mixed run of ${MIXED_RUN}`,
    { timeout: 240_000 + MIXED_RUN * 500 },
    async () => {
      const expected = await mixedRun(system, MIXED_RUN, 20);
      expect(await statsOf(system)).toEqual(expected);
      const stats = createStats(system.pool);
      while ((await stats.fold(10_000)) > 0);
      expect(await statsOf(system)).toEqual(expected);
    },
  );

  it("tells versions of a template and providers apart", async () => {
    const { items } = await ok(
      system.call<{ items: Record<string, unknown>[] }>("GET", `/v1/stats?${NOWADAYS}&by=template,provider`),
    );
    expect(items.map(({ provider }) => provider)).toEqual(["fcm", "sendgrid", "twilio", null]);
    expect(new Set(items.map(({ template }) => JSON.stringify(template)))).toEqual(
      new Set(['{"id":"parcel","version":1}']),
    );
  });

  it("counts what is sent now in its next answer", async () => {
    const sent = async () => {
      const items = (await get(`${NOWADAYS}&by=category`)).body["items"] as Record<string, unknown>[];
      return (items.find(({ category }) => category === "letters")?.["sent"] as number | undefined) ?? 0;
    };
    const before = await sent();
    const { id } = await ok(
      system.call<Notification>("POST", "/v1/notifications", order("now", { category: "letters" })),
    );
    await system.finished(id);
    expect(await sent()).toBe(before + 1);
  });

  it.each([
    ["from=2026-11-25&to=2026-11-24", "to"],
    ["from=2025-01-01&to=2026-01-02", "to"],
    ["from=2026-02-30&to=2026-03-01", "from"],
    ["from=0000-01-01&to=0000-01-02", "from"],
    ["from=2026-11-25", "to"],
    ["from=2026-11-25&to=2026-11-25&by=user", "by"],
    ["from=2026-11-25&to=2026-11-25&by=day,day", "by"],
  ])("refuses %s", async (query, field) => {
    const { status, body } = await get(query);
    expect(status).toBe(400);
    expect(JSON.stringify(body["errors"])).toContain(`"field":"${field}`);
  });

  it("shows other clients to an administrator only", async () => {
    const { body: key } = await system.call<{ appKey: string; appSecret: string }>("POST", "/v1/keys", {
      name: "other",
      client: "other",
      scopes: ["read"],
    });
    const authorization = `Bearer ${key.appKey}.${key.appSecret}`;
    const asOther = (query: string) =>
      system.call<{ items: unknown[] }>("GET", `/v1/stats?${NOWADAYS}${query}`, undefined, undefined, {
        authorization,
      });
    expect((await asOther("")).body.items).toEqual([]);
    expect((await asOther("&client=other")).status).toBe(200);
    expect((await asOther("&client=shop")).status).toBe(403);
    expect((await asOther("&client=*")).status).toBe(403);
    expect((await get(`${NOWADAYS}&client=other`)).body["items"]).toEqual([]);
    expect((await get(`${NOWADAYS}&client=*`)).body["items"]).toEqual((await get(NOWADAYS)).body["items"]);
  });
});
