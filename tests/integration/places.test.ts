import { randomUUID } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAdmissions, type Deciding } from "../../src/database/admissions.ts";
import { createCancellations } from "../../src/database/cancellations.ts";
import { createDeliveryAttempts } from "../../src/database/delivery-attempts.ts";
import { createLatePlaces } from "../../src/database/late-places.ts";
import { createOutdatedClaims } from "../../src/database/outdated-claims.ts";
import { createPool, inTransaction } from "../../src/database/pool.ts";
import { bookPlace } from "../../src/database/rate-bookings.ts";
import type { Channel } from "../../src/domain/channel.ts";
import type { Decision } from "../../src/domain/decide-notification.ts";
import type { LimitsOf } from "../../src/domain/notification-rules.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { waitFor } from "../support/wait-for.ts";

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, { max: 20, applicationName: "places-test" });
  await pool.query("INSERT INTO clients (id, name) VALUES ('shop', 'Shop')");
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const HOUR = 3_600_000;
const hourly = { max: 1, per: "1h", scope: "all" };
const limitsOf = (subject: string, limits: LimitsOf["limits"] = [hourly]): LimitsOf => ({
  subject,
  limits,
  onFull: "drop",
  notBefore: (time) => time,
});

/** What it is to be decided on as, with the decision that rules would make. */
function deciding(
  notificationId: string,
  limits: LimitsOf,
  decision: Decision,
  { now = new Date(), eventId = notificationId, content = null as Deciding["content"] } = {},
): Deciding {
  return {
    notification: {
      notificationId,
      key: { clientId: "shop", eventId },
      workflowId: `ntf:shop:${eventId}`,
      generation: 0,
      userId: null,
      categoryId: "orders",
      template: { id: "order_shipped", version: 1 },
      mandatory: false,
      guarantee: "at_least_once",
      priority: "normal",
      locale: null,
      acceptedAt: now,
      sendAt: null,
      expiresAt: null,
      request: {},
    },
    now,
    decide: () => decision,
    addressHash: "aa",
    content,
    limits,
  };
}

const sendBy = (...channels: Channel[]): Decision => ({
  kind: "send",
  deliveries: channels.map((channel) => ({ send: true, channel, contactId: null })),
});

/** Decided on, with what it takes. */
async function given(
  limits: LimitsOf,
  decision: Decision,
  now = new Date(),
  content: Deciding["content"] = null,
): Promise<string> {
  const eventId = randomUUID();
  const admitted = await createAdmissions(pool).claim(
    {
      key: { clientId: "shop", eventId },
      bodyHash: "aa",
      owner: { workflowId: `ntf:shop:${eventId}`, firstRunId: "run", generation: 0 },
    },
    (notificationId) => deciding(notificationId, limits, decision, { now, eventId, content }),
  );
  if (admitted.owner === "other") throw new Error("somebody else has this event ID");
  return admitted.notificationId;
}

async function placesOf(notificationId: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    "SELECT window_name AS name FROM rate_bookings WHERE notification_id = $1 ORDER BY 1",
    [notificationId],
  );
  return rows.map(({ name }) => name);
}

const deliveryOf = async (notificationId: string, channel: Channel) =>
  (
    await pool.query<{ id: string }>("SELECT id FROM deliveries WHERE notification_id = $1 AND channel = $2", [
      notificationId,
      channel,
    ])
  ).rows[0]?.id ?? "";

describe("a place in a rate limit", () => {
  it("is given back by a cancel, also where a late decision moves it at the same time", async () => {
    const limits = limitsOf("mover");
    const id = await given(limits, sendBy("email"));
    // Somebody else of this user is taking a place, so the late decision queues up; meanwhile the cancel comes.
    const other = await pool.connect();
    await other.query("BEGIN");
    await other.query("SELECT 1 FROM rate_subjects WHERE subject = 'mover' FOR UPDATE");
    const at = new Date(Date.now() + 2 * 60_000);
    const moved = createLatePlaces(pool).move({
      limits,
      notificationId: id,
      channel: "email",
      channels: ["email"],
      at,
      notAfter: null,
    });
    await waitFor("the late decision to wait for the user's row", () => waiting("INTO rate_subjects"));
    const cancelled = createCancellations(pool).cancel(id);
    await Promise.race([
      cancelled,
      waitFor("the cancel to wait for the notification", () => waiting("FROM notifications WHERE id")),
    ]);
    await other.query("COMMIT");
    other.release();
    await moved;
    expect((await cancelled)?.result).toBe("cancelled");
    expect(await placesOf(id)).toEqual([]);
  });

  it("of the whole is kept where a late decision finds one channel's own limit full", async () => {
    const limits = limitsOf("two-channels", [hourly, { max: 1, per: "1d", channel: "email", scope: "all" }]);
    const hour = "all//3600000";
    const past = new Date(Date.now() - 2 * HOUR);
    const id = await given(limits, sendBy("fcm", "email"), past);
    expect(await placesOf(id)).toEqual([hour, "all/email/86400000"]);
    // Meanwhile the place by email went to another one.
    await pool.query("DELETE FROM rate_bookings WHERE notification_id = $1 AND window_name <> $2", [id, hour]);
    await given(limitsOf("two-channels", [limits.limits[1] ?? hourly]), sendBy("email"));
    const ask = (channel: Channel) =>
      createLatePlaces(pool).move({
        limits,
        notificationId: id,
        channel,
        channels: ["fcm", "email"],
        at: new Date(),
        notAfter: null,
      });
    expect(await ask("email")).toEqual({ kind: "refused" });
    expect(await placesOf(id)).toEqual([hour]);
    expect(await ask("fcm")).toMatchObject({ kind: "booked" });
    const next = await given(limits, sendBy("fcm"));
    expect(await placesOf(next)).toEqual([]);
  });

  it("is given back for a wait in quiet hours, before and after it was planned", async () => {
    const limits = limitsOf("sleeper");
    const until = new Date(Date.now() + HOUR);
    const deferred = await given({ ...limits, onFull: "defer" }, sendBy("email"));
    const behind = await given({ ...limits, onFull: "defer" }, sendBy("email"));
    expect(await placesOf(behind)).toHaveLength(1);
    const held: Decision = { kind: "held", until, deliveries: [] };
    await createAdmissions(pool).decideAgain(deciding(behind, limits, held));
    expect(await placesOf(behind)).toEqual([]);
    const holding = { deliveryId: await deliveryOf(deferred, "email"), generation: 0, until };
    expect(await createDeliveryAttempts(pool).hold({ ...holding, reason: "rate_limited" })).toBe(true);
    expect(await placesOf(deferred)).toHaveLength(1);
    expect(await createDeliveryAttempts(pool).hold({ ...holding, reason: "quiet_hours" })).toBe(true);
    expect(await placesOf(deferred)).toEqual([]);
  });

  it("is forgotten once no limit can look back to it, and so is what was a duplicate", async () => {
    const window = { name: "all//3600000", max: 1, perMs: HOUR };
    const book = (subject: string, at: Date) =>
      inTransaction(pool, (connection) =>
        bookPlace(connection, {
          ...limitsOf(subject),
          windows: [window],
          notificationId: randomUUID(),
          at,
          notAfter: null,
        }),
      );
    const daysAgo = (days: number) => new Date(Date.now() - days * 24 * HOUR);
    for (const days of [40, 33, 30]) await book("regular", daysAgo(days));
    for (const days of [40, 33]) await book("gone", daysAgo(days));
    await pool.query("INSERT INTO categories (id, channels, dedup_within_ms) VALUES ('alarms', '{email}', $1)", [
      48 * HOUR,
    ]);
    await pool.query(
      `INSERT INTO content_keys (category_id, content_hash, notification_id, at)
       SELECT 'alarms', decode(lpad(days::text, 2, '0'), 'hex'), gen_random_uuid(), now() - days * interval '1 day'
       FROM unnest('{1,3,5}'::int[]) AS days`,
    );
    const outdated = createOutdatedClaims(pool);
    expect(await outdated.forget(1)).toEqual({ places: 1, contents: 1 });
    expect(await outdated.forget(100)).toEqual({ places: 3, contents: 1 });
    expect(await outdated.forget(100)).toEqual({ places: 0, contents: 0 });
    const { rows } = await pool.query<{ subject: string; places: number }>(
      `SELECT s.subject, (SELECT count(*)::int FROM rate_bookings b WHERE b.subject = s.subject) AS places
       FROM rate_subjects s WHERE s.subject IN ('regular', 'gone')`,
    );
    expect(rows).toEqual([{ subject: "regular", places: 1 }]);
    expect((await pool.query("SELECT 1 FROM content_keys")).rowCount).toBe(1);
  });
});

describe("a claim on content", () => {
  const MINUTE = 60_000;
  const noLimits = limitsOf("nobody", []);
  const ago = (ms: number) => new Date(Date.now() - ms);
  const held: Decision = { kind: "held", until: new Date(), deliveries: [] };
  const contentOf = (contentHash: string) => ({ categoryId: "orders", contentHash, withinMs: HOUR });
  const endOf = async (notificationId: string) =>
    (await pool.query("SELECT status, reason FROM notifications WHERE id = $1", [notificationId])).rows[0];

  it("counts from when it was decided to send, whatever it had waited for before", async () => {
    const content = contentOf("01");
    const first = await given(noLimits, held, ago(90 * MINUTE), content);
    await createAdmissions(pool).decideAgain(
      deciding(first, noLimits, sendBy("email"), { now: ago(5 * MINUTE), content }),
    );
    const second = await given(noLimits, sendBy("email"), new Date(), content);
    expect(await endOf(first)).toMatchObject({ status: "accepted" });
    expect(await endOf(second)).toMatchObject({ status: "suppressed", reason: "duplicate" });
    const afterwards = await given(noLimits, sendBy("email"), new Date(Date.now() + 56 * MINUTE), content);
    expect(await endOf(afterwards)).toMatchObject({ status: "accepted" });
  });

  it("does not go back where a run that began earlier comes later", async () => {
    const content = contentOf("02");
    const id = await given(noLimits, held, ago(MINUTE), content);
    await createAdmissions(pool).decideAgain(deciding(id, noLimits, held, { now: ago(2 * MINUTE), content }));
    const other = await given(noLimits, sendBy("email"), new Date(Date.now() + 58.5 * MINUTE), content);
    expect(await endOf(other)).toMatchObject({ status: "suppressed", reason: "duplicate" });
  });
});

/** Whether a statement that contains this text waits for a lock. */
async function waiting(statement: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `SELECT 1 FROM pg_stat_activity
     WHERE application_name = 'places-test' AND wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%'`,
    [statement],
  );
  return (rowCount ?? 0) > 0;
}
