import { randomUUID } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTellAlerts } from "../../src/activities/tell-alerts.ts";
import { createAlerts } from "../../src/database/alerts.ts";
import { type CloseAttempt, createDeliveryAttempts } from "../../src/database/delivery-attempts.ts";
import { createPool } from "../../src/database/pool.ts";
import { encodeNotificationId } from "../../src/domain/notification-id.ts";
import type { AttemptOutcome } from "../../src/domain/retry-policy.ts";
import { createLog } from "../../src/observability/log.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

const CAPPED = "shop";
const PHONE = "+14155550100";
/** All open attempts at the same time. */
const CONNECTIONS = 20;
const DAY_MS = 86_400_000;
/** Longer than these tests take on a slow machine. */
const ENOUGH_OF_A_DAY_MS = 180_000;

let system: System;
let pool: pg.Pool;

beforeAll(async () => {
  // A cap is one of a day in UTC: what these tests count must not begin on one and end on the next.
  const enough = () => DAY_MS - (Date.now() % DAY_MS) > ENOUGH_OF_A_DAY_MS;
  await waitFor("a day of which enough is left", enough, { timeoutMs: ENOUGH_OF_A_DAY_MS + 10_000, everyMs: 1_000 });
  system = await startSystem({ workers: 2 });
  pool = createPool(system.env.DATABASE_URL ?? "", { max: CONNECTIONS, applicationName: "sms-cap-test" });
  await seed(system);
  await ok(system.call("POST", "/v1/users/mina/contacts", { channel: "sms", address: PHONE }));
  await ok(system.call("PUT", "/v1/categories/texts", { channels: ["sms"] }));
  await ok(system.call("PUT", "/v1/categories/codes", { channels: ["sms"], mandatory: true }));
}, 120_000 + ENOUGH_OF_A_DAY_MS);

afterAll(async () => {
  await pool.end();
  await system.stop();
});

beforeEach(() => pool.query("DELETE FROM sms_usage"));

const cap = (smsDailyCap: number | null, smsDailyCaps = {}) =>
  ok(system.call("PUT", "/v1/settings", { smsDailyCap, smsDailyCaps }));

async function usedToday(client = CAPPED): Promise<number | null> {
  const { rows } = await pool.query<{ used: number }>("SELECT used FROM sms_usage WHERE client_id = $1", [client]);
  return rows[0]?.used ?? null;
}

const use = (used: number) =>
  pool.query(
    `INSERT INTO sms_usage SELECT (now() AT TIME ZONE 'UTC')::date, $1, $2
     ON CONFLICT (day, client_id) DO UPDATE SET used = excluded.used`,
    [CAPPED, used],
  );

const text = (eventId: string, more: Record<string, unknown> = {}) => order(eventId, { category: "texts", ...more });

describe("a cap on SMS", () => {
  it("is used up to the last segment and never passed, and says so everywhere", { timeout: 120_000 }, async () => {
    const [asked, room] = [24, 10];
    await cap(room);
    const bodies = Array.from({ length: asked }, (_, index) =>
      text(`capped-${index}`, { category: index % 3 === 0 ? "codes" : "texts" }),
    );
    await Promise.all(bodies.map((body) => ok(system.call("POST", "/v1/notifications", body))));
    const ended = await waitFor(
      "all of them to be final",
      async () => {
        const { rows } = await pool.query<{ eventId: string; how: string }>(
          `SELECT event_id AS "eventId", concat_ws(' ', status, reason) AS how FROM notifications
           WHERE event_id LIKE 'capped-%' AND final_at IS NOT NULL`,
        );
        return rows.length === asked && rows;
      },
      { timeoutMs: 100_000, everyMs: 200 },
    );
    const of = (how: string) => ended.filter((one) => one.how === how);
    expect([of("sent").length, of("suppressed sms_cap_reached").length]).toEqual([room, asked - room]);
    expect(system.sandbox.messages().filter(({ channel }) => channel === "sms")).toHaveLength(room);

    const day = new Date().toISOString().slice(0, 10);
    const stats = await ok(
      system.call<{ items: unknown[]; smsCaps: unknown[] }>(
        "GET",
        `/v1/stats?from=${day}&to=${day}&by=reason&client=*`,
      ),
    );
    expect(stats).toMatchObject({
      smsCaps: [{ client: CAPPED, day, used: room, cap: room }],
      items: [
        { reason: "sms_cap_reached", suppressed: asked - room },
        { reason: null, segments: room },
      ],
    });
    const eventId = of("suppressed sms_cap_reached")[0]?.eventId ?? "";
    const id = encodeNotificationId({ clientId: CAPPED, eventId });
    const timeline = await ok(system.call<{ items: unknown[] }>("GET", `/v1/notifications/${id}/timeline`));
    expect(timeline.items).toContainEqual(
      expect.objectContaining({
        type: "delivery_closed",
        detail: { status: "suppressed", reason: "sms_cap_reached" },
      }),
    );
  });

  it("is what explain asks, with the segments of this very text", async () => {
    await cap(2, { [CAPPED]: 3 });
    await use(2);
    const explain = (item_name: string, category = "codes") =>
      ok(system.call("POST", "/v1/notifications/explain", text("explained", { category, data: { item_name } })));
    expect(await explain("Kettle")).toMatchObject({ outcome: "send", channels: [{ decision: "send" }] });
    const refused = { decision: "skip", reason: "sms_cap_reached", channel: "sms" };
    expect(await explain("a".repeat(150))).toMatchObject({
      outcome: "suppressed",
      reason: "sms_cap_reached",
      channels: [refused],
    });
    await ok(system.call("PUT", "/v1/categories/texts-and-mails", { channels: ["sms", "email"] }));
    expect(await explain("a".repeat(150), "texts-and-mails")).toMatchObject({
      outcome: "send",
      channels: [refused, { channel: "email", decision: "send" }],
    });
    const mailsOnly = { locales: { default: { email: { subject: "Hi", text: "Hi" } } } };
    await ok(system.call("PUT", "/v1/templates/mails-only", mailsOnly));
    const mixed = text("explained", { category: "texts-and-mails", template: "mails-only", data: {} });
    expect(await ok(system.call("POST", "/v1/notifications/explain", mixed))).toMatchObject({
      outcome: "send",
      channels: [
        { channel: "sms", reason: "no_template" },
        { channel: "email", decision: "send" },
      ],
    });
    await cap(2, { [CAPPED]: null });
    expect(await explain("a".repeat(150))).toMatchObject({ outcome: "send" });
  });

  it("counts what was sent on the same day before it was set", async () => {
    await cap(null);
    const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", text("before-the-cap")));
    expect(await system.finished(id)).toMatchObject({ status: "sent" });
    expect(await usedToday()).toBeNull();
    await cap(1_000);
    // Those of the first test, too.
    expect(await usedToday()).toBe(11);
  });
});

describe("the gate", () => {
  const attempts = () => createDeliveryAttempts(pool);

  /** Deliveries of SMS of a client that only this test has. */
  async function given(client: string, count: number): Promise<{ notificationId: string; deliveryId: string }[]> {
    await pool.query("INSERT INTO clients (id, name) VALUES ($1, $1) ON CONFLICT DO NOTHING", [client]);
    const rows = Array.from({ length: count }, () => ({ notificationId: randomUUID(), deliveryId: randomUUID() }));
    await pool.query(
      `WITH given AS (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS x (n, d)), n AS (
         INSERT INTO notifications (id, client_id, event_id, workflow_id, category_id, template_id, template_version,
           status, mandatory, guarantee, priority, accepted_at, decided_at, next_action_at, open_count)
         SELECT n, $3, n::text, 'w', 'texts', 't', 1, 'sending', false, 'at_least_once', 'normal', now(), now(),
           now() + interval '1 hour', 1 FROM given)
       INSERT INTO deliveries (id, notification_id, position, channel, status) SELECT d, n, 1, 'sms', 'pending' FROM given`,
      [rows.map((row) => row.notificationId), rows.map((row) => row.deliveryId), client],
    );
    return rows;
  }

  async function open(
    delivery: { notificationId: string; deliveryId: string },
    segments: number,
    attemptsBefore = 0,
  ): Promise<{ attemptId: string; verdict: string }> {
    const attemptId = randomUUID();
    const fence = { generation: 0, attemptsBefore, decidedAt: new Date(), channelWords: ["sms"] as const };
    const unasked = { country: null, smsCountriesByDefault: null, providers: ["twilio"] };
    const { verdict } = await attempts().open({ ...delivery, ...fence, ...unasked, attemptId, segments });
    return { attemptId, verdict };
  }

  const close = (deliveryId: string, attemptId: string, outcome: AttemptOutcome) => {
    const next: CloseAttempt["next"] = { retryInMs: 0 };
    return attempts().close({ deliveryId, attemptId, outcome, providerMessageId: null, code: null, next });
  };

  it(
    "lets exactly as many segments through as the cap has, of a thousand that press for it",
    { timeout: 60_000 },
    async () => {
      await cap(null, { flood: 700 });
      const rows = await given("flood", 1_000);
      const waiting = rows.map((row, index) => ({ row, segments: 1 + (index % 3) })).values();
      const opened: { segments: number; verdict: string }[] = [];
      const openOneByOne = async () => {
        for (const { row, segments } of waiting) opened.push({ segments, ...(await open(row, segments)) });
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, openOneByOne));
      expect(opened).toHaveLength(1_000);
      const taken = opened.filter(({ verdict }) => verdict === "open");
      expect(taken.reduce((sum, { segments }) => sum + segments, 0)).toBe(700);
      expect(await usedToday("flood")).toBe(700);
      expect(new Set(opened.map(({ verdict }) => verdict))).toEqual(new Set(["open", "sms_cap_reached"]));
    },
  );

  it.each<[AttemptOutcome, number]>([
    ["sent", 2],
    ["unknown", 2],
    ["permanent", 0],
    ["throttled", 0],
    ["transient", 0],
  ])("gives back what was certainly not sent, and nothing else: %s", async (outcome, used) => {
    const client = `back-${outcome}`;
    await cap(5);
    const [delivery = { notificationId: "", deliveryId: "" }] = await given(client, 1);
    const { attemptId } = await open(delivery, 2);
    expect(await usedToday(client)).toBe(2);
    await close(delivery.deliveryId, attemptId, outcome);
    expect(await usedToday(client)).toBe(used);
    // The next attempt takes its own.
    if (outcome !== "sent") await open(delivery, 2, 1);
    expect(await usedToday(client)).toBe(outcome === "sent" ? 2 : used + 2);
    if (outcome !== "unknown") return;
    const late = { attemptId, deliveryId: delivery.deliveryId, providerMessageId: null, code: "21211" };
    for (const _ of [1, 2]) await attempts().recordLate({ ...late, outcome: "permanent" });
    expect(await usedToday(client)).toBe(2);
  });

  it("asks nothing of a client without a cap, and lets nothing through where it is 0", async () => {
    await cap(0, { free: null });
    const [free, none] = [await given("free", 1), await given("none", 1)];
    expect((await open(free[0] ?? { notificationId: "", deliveryId: "" }, 9)).verdict).toBe("open");
    expect(await usedToday("free")).toBeNull();
    expect((await open(none[0] ?? { notificationId: "", deliveryId: "" }, 1)).verdict).toBe("sms_cap_reached");
  });
});

describe("the alerts of a cap", () => {
  const told: Record<string, unknown>[] = [];
  const round = () =>
    createTellAlerts({
      alerts: createAlerts(pool),
      deadLetterThreshold: 1_000,
      tellingProviders: [],
      tell: ({ body }) => Promise.resolve(void told.push(body)),
      log: createLog("test", "silent"),
    }).tellAlerts();
  /** As if all that happened to alerts had happened so much earlier. */
  const pass = (time: string) =>
    pool.query("UPDATE alerts SET last_seen = last_seen - $1::interval, notified_at = notified_at - $1::interval", [
      time,
    ]);
  const news = () =>
    told.splice(0).map(({ type, data }) => `${String(type)} ${(data as { kind: string; subject: string }).kind}`);

  it("come at 80 % and at 100 %, once each on a day, however long it goes on", async () => {
    await cap(null, { [CAPPED]: 1_000 });
    await pool.query("DELETE FROM stat_days; DELETE FROM stat_deltas; DELETE FROM alerts");
    await use(799);
    await round();
    expect(news()).toEqual([]);
    await use(800);
    for (let hour = 0; hour < 3; hour++) {
      await round();
      await pass("20 minutes");
    }
    expect(news()).toEqual(["alert.raised sms_cap_near"]);
    await use(1_000);
    for (let hour = 0; hour < 12; hour++) {
      await round();
      await pass("20 minutes");
    }
    expect(news()).toEqual(["alert.raised sms_cap_reached"]);

    // Less for a while, and then again, is no news on the same day.
    await use(10);
    await pass("1 hour");
    await round();
    expect(news().toSorted()).toEqual(["alert.recovered sms_cap_near", "alert.recovered sms_cap_reached"]);
    await use(1_000);
    await round();
    expect(news()).toEqual([]);
    await pool.query(`UPDATE alerts SET detail = detail || '{"day": "2026-11-01"}'`);
    await round();
    expect(news().toSorted()).toEqual(["alert.raised sms_cap_near", "alert.raised sms_cap_reached"]);
  });
});
