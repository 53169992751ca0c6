import { randomUUID, randomUUIDv7 } from "node:crypto";
import { ScheduleOverlapPolicy } from "@temporalio/client";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRetain } from "../../src/activities/retain.ts";
import { createPool } from "../../src/database/pool.ts";
import { createRetention } from "../../src/database/retention.ts";
import { createLog } from "../../src/observability/log.ts";
import { RETENTION_SCHEDULE } from "../../src/workflows/contract.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);

/** As `randomUUIDv7` would have made it then. */
function idOf(at: Date): string {
  const time = at.getTime().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-${randomUUIDv7().slice(14)}`;
}

describe("what is older than it may get", () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, { max: 5, applicationName: "retention-test" });
    await pool.query("INSERT INTO clients (id, name) VALUES ('shop', 'Shop')");
  });

  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  beforeEach(() => pool.query("TRUNCATE notifications, event_keys, timeline_events, receipts CASCADE"));

  const retain = (settings: { contentDays: number | null; metadataDays: number | null }) =>
    createRetain({
      retention: createRetention(pool),
      monotonicNow: () => 0,
      ...settings,
      log: createLog("test", "silent"),
    }).retain();

  /** A notification with content, an attempt and a timeline; null: not final. */
  async function given(admittedAgo: number, finalAgo: number | null): Promise<string> {
    const id = idOf(daysAgo(admittedAgo));
    const at = daysAgo(admittedAgo);
    await pool.query(
      `INSERT INTO event_keys (client_id, event_id, body_hash, notification_id, owner_workflow_id, owner_first_run_id)
       VALUES ('shop', $1::uuid::text, '', $1, 'w', 'r')`,
      [id],
    );
    await pool.query(
      `INSERT INTO notifications (id, client_id, event_id, workflow_id, category_id, template_id, template_version, status,
         mandatory, guarantee, priority, accepted_at, decided_at, final_at, next_action_at)
       VALUES ($1::uuid, 'shop', $1::uuid::text, 'w', 'c', 't', 1, CASE WHEN $3::timestamptz IS NULL THEN 'scheduled' ELSE 'sent' END,
         false, 'at_least_once', 'normal', $2, $2, $3, CASE WHEN $3 IS NULL THEN now() END)`,
      [id, at, finalAgo === null ? null : daysAgo(finalAgo)],
    );
    await pool.query("INSERT INTO notification_contents (notification_id, request) VALUES ($1, '{}')", [id]);
    await pool.query(
      `WITH d AS (INSERT INTO deliveries (id, notification_id, position, channel, status)
         VALUES (gen_random_uuid(), $1, 1, 'email', 'sent') RETURNING id)
       INSERT INTO attempts (id, delivery_id, number, generation, provider, opened_at)
       SELECT gen_random_uuid(), id, 1, 0, 'smtp', $2 FROM d`,
      [id, at],
    );
    await pool.query(
      "INSERT INTO timeline_events (id, at, notification_id, type) VALUES (gen_random_uuid(), $2, $1, 'accepted')",
      [id, at],
    );
    return id;
  }

  const ids = async (text: string) => (await pool.query<{ id: string }>(text)).rows.map(({ id }) => id).toSorted();
  const contents = () => ids("SELECT notification_id AS id FROM notification_contents");
  const notifications = () => ids("SELECT id FROM notifications");
  const timelines = () => ids("SELECT notification_id AS id FROM timeline_events");
  const claims = () => ids("SELECT notification_id AS id FROM event_keys");

  it("goes, contents before the rest, and nothing of what is not final, however old", async () => {
    const waiting = await given(800, null);
    const gone = await given(500, 450);
    const lasting = await given(500, 20);
    const bare = await given(40, 35);
    const recent = await given(5, 5);
    expect(await retain({ contentDays: 30, metadataDays: 400 })).toMatchObject({ contents: 2, notifications: 1 });
    expect(await notifications()).toEqual([waiting, lasting, bare, recent].toSorted());
    expect(await contents()).toEqual([waiting, lasting, recent].toSorted());
    expect(await claims()).toEqual([waiting, gone, lasting, bare, recent].toSorted());
    const { rows } = await pool.query("SELECT 1 FROM attempts");
    expect(rows).toHaveLength(4);
    // Again, and with one that wakes up late.
    expect(await retain({ contentDays: 30, metadataDays: 400 })).toMatchObject({ contents: 0, notifications: 0 });
  });

  it("goes of events for services after 30 days, or with the notifications where that is sooner", async () => {
    const event = (days: number) =>
      pool.query(
        `WITH event AS (
           INSERT INTO outbound_events (id, client_id, type, occurred_at, data)
           VALUES (gen_random_uuid(), 'shop', 'delivery.sent', $1, '{}') RETURNING id, occurred_at
         )
         INSERT INTO outbound_messages (event_id, endpoint_id, queued_at, next_at)
         SELECT id, gen_random_uuid(), occurred_at, occurred_at FROM event`,
        [daysAgo(days)],
      );
    for (const days of [1, 8, 29, 31]) await event(days);
    expect(await retain({ contentDays: null, metadataDays: null })).toMatchObject({ events: 1 });
    expect(await retain({ contentDays: 7, metadataDays: 400 })).toMatchObject({ events: 0 });
    expect(await retain({ contentDays: 7, metadataDays: 7 })).toMatchObject({ events: 2 });
    expect((await pool.query("SELECT FROM outbound_messages")).rowCount).toBe(1);
  });

  it("stays where it is to stay for good", async () => {
    await given(5_000, 4_000);
    const nothing = { contents: 0, notifications: 0, months: 0, events: 0 };
    expect(await retain({ contentDays: null, metadataDays: null })).toEqual(nothing);
    expect(await retain({ contentDays: 30, metadataDays: null })).toEqual({ ...nothing, contents: 1 });
  });

  it("is walked through in pages, past those that wait", async () => {
    const retention = createRetention(pool);
    const waiting = await given(90, null);
    for (let count = 0; count < 5; count++) await given(80 - count, 50);
    let pages = 0;
    for (let after: string | null = null; pages === 0 || after !== null; pages++) {
      after = (await retention.forgetContents(30, after, 2)).next;
    }
    expect(pages).toBe(4);
    expect(await contents()).toEqual([waiting]);
  });

  it("goes with the keys of receipts, with replays and with alerts", async () => {
    const [old, recent] = [daysAgo(500), daysAgo(300)];
    await pool.query(
      `INSERT INTO receipt_keys (provider, event_key, receipt_id, received_at)
       SELECT 'twilio', n::text, gen_random_uuid(), CASE WHEN n <= 5 THEN $1::timestamptz ELSE $2 END
       FROM generate_series(1, 6) n`,
      [old, recent],
    );
    await pool.query(
      `WITH r AS (
         INSERT INTO replays (id, client_id, selection, rate_per_second, accept_duplicate, created_at, collected_at, finished_at)
         SELECT gen_random_uuid(), 'shop', '{"all": true}'::jsonb, 1, false, at, at, at
         FROM unnest(ARRAY[$1::timestamptz, $2]) AS at
         UNION ALL SELECT gen_random_uuid(), 'shop', '{"all": true}'::jsonb, 1, false, $1, $1, NULL
         RETURNING id
       )
       INSERT INTO replay_items (replay_id, notification_id) SELECT id, gen_random_uuid() FROM r, generate_series(1, 3)`,
      [old, recent],
    );
    await pool.query(
      `INSERT INTO alerts (id, kind, subject, count, first_seen, last_seen, recovered_at)
       SELECT gen_random_uuid(), 'provider_down', 'smtp', 1, $1, $1, at FROM unnest(ARRAY[$1::timestamptz, $2, NULL]) AS at`,
      [old, recent],
    );
    const left = async () => {
      const { rows } = await pool.query<Record<string, number>>(
        `SELECT (SELECT count(*)::int FROM receipt_keys) AS keys, (SELECT count(*)::int FROM replays) AS replays,
           (SELECT count(*)::int FROM replay_items) AS items, (SELECT count(*)::int FROM alerts) AS alerts`,
      );
      return rows[0];
    };
    const waiting = await given(600, null);
    await retain({ contentDays: 30, metadataDays: 400 });
    // A receipt of the one that waits may come again.
    expect(await left()).toEqual({ keys: 6, replays: 2, items: 6, alerts: 2 });
    await pool.query("DELETE FROM notifications WHERE id = $1", [waiting]);
    const retention = createRetention(pool);
    expect(await retention.forgetRecords(400, 2)).toBe(true);
    expect(await left()).toMatchObject({ keys: 4 });
    await retain({ contentDays: 30, metadataDays: 400 });
    expect(await left()).toEqual({ keys: 1, replays: 2, items: 6, alerts: 2 });
  });

  it("goes with what says that a user was erased, once nothing is left that was written to them before", async () => {
    const waiting = await given(600, null);
    await pool.query("UPDATE notifications SET user_id = 'addressee' WHERE id = $1", [waiting]);
    await pool.query(
      `INSERT INTO erasures (user_id, at, cleared_at)
       VALUES ('addressee', $1, $1), ('nobody', $1, $1), ('uncleared', $1, NULL), ('recent', $2, $2)`,
      [daysAgo(500), daysAgo(300)],
    );
    const left = () => ids("SELECT user_id AS id FROM erasures");
    await retain({ contentDays: 30, metadataDays: 400 });
    expect(await left()).toEqual(["addressee", "recent", "uncleared"]);
    await pool.query("UPDATE notifications SET accepted_at = now() WHERE id = $1", [waiting]);
    await retain({ contentDays: 30, metadataDays: 400 });
    expect(await left()).toEqual(["recent", "uncleared"]);
  });

  it("does not lose its content while somebody brings it back to life", async () => {
    const id = await given(90, 50);
    const connection = await pool.connect();
    await connection.query("BEGIN");
    await connection.query("SELECT 1 FROM notifications WHERE id = $1 FOR UPDATE", [id]);
    expect(await retain({ contentDays: 30, metadataDays: 40 })).toMatchObject({ contents: 0, notifications: 0 });
    await connection.query("UPDATE notifications SET final_at = NULL, next_action_at = now() WHERE id = $1", [id]);
    await connection.query("COMMIT");
    connection.release();
    expect(await retain({ contentDays: 30, metadataDays: 40 })).toMatchObject({ contents: 0, notifications: 0 });
    expect(await contents()).toEqual([id]);
  });

  describe("by the month", () => {
    const months = async () =>
      (await pool.query<{ name: string }>("SELECT inhrelid::regclass::text AS name FROM pg_inherits")).rows.map(
        ({ name }) => name,
      );

    beforeEach(async () => {
      for (const table of ["timeline_events", "receipts"]) {
        await pool.query(
          `CREATE TABLE IF NOT EXISTS ${table}_y2020m01 PARTITION OF ${table} FOR VALUES FROM ('2020-01-01Z') TO ('2020-02-01Z')`,
        );
      }
    });

    const sinceThen = (date: string) => (Date.now() - Date.parse(date)) / DAY_MS;

    it("is dropped, and what is in no month is deleted", async () => {
      await given(sinceThen("2020-01-10T00:00:00Z"), 500);
      // No month was made for it, so it is in the default partition.
      await given(sinceThen("2020-03-10T00:00:00Z"), 500);
      const recent = await given(1, 1);
      expect(await timelines()).toHaveLength(3);
      expect(await retain({ contentDays: 30, metadataDays: 400 })).toMatchObject({ notifications: 2, months: 2 });
      expect(await timelines()).toEqual([recent]);
      expect((await months()).filter((name) => name.includes("y2020"))).toEqual([]);
      expect(await retain({ contentDays: 30, metadataDays: 400 })).toMatchObject({ notifications: 0, months: 0 });
    });

    it("is dropped of the audit whatever notifications are left", async () => {
      await given(sinceThen("2020-01-10T00:00:00Z"), null);
      await pool.query(`
        CREATE TABLE audit_events_y2020m01 PARTITION OF audit_events FOR VALUES FROM ('2020-01-01Z') TO ('2020-02-01Z');
        INSERT INTO audit_events (id, at, actor, action, subject_type, subject_id)
        SELECT gen_random_uuid(), at, 'a', 'settings.changed', 'settings', 'all'
        FROM unnest('{2020-01-10Z, 2020-03-10Z, 2099-11-01Z}'::timestamptz[]) AS at`);
      expect(await retain({ contentDays: 30, metadataDays: 400 })).toMatchObject({ notifications: 0, months: 1 });
      const { rows } = await pool.query("SELECT at FROM audit_events WHERE actor = 'a'");
      expect(rows).toEqual([{ at: new Date("2099-11-01T00:00:00Z") }]);
    });

    it("stays as long as something that was admitted before its end does", async () => {
      const waiting = await given(sinceThen("2020-01-10T00:00:00Z"), null);
      expect(await retain({ contentDays: 30, metadataDays: 400 })).toMatchObject({ months: 0 });
      expect(await timelines()).toEqual([waiting]);
    });

    it("is left for the next hour where somebody reads it for long", async () => {
      const reader = await pool.connect();
      await reader.query("BEGIN");
      await reader.query("SELECT 1 FROM timeline_events_y2020m01");
      expect(await retain({ contentDays: 30, metadataDays: 400 })).toMatchObject({ months: 1 });
      await reader.query("COMMIT");
      reader.release();
      expect(await retain({ contentDays: 30, metadataDays: 400 })).toMatchObject({ months: 1 });
    });

    it("is emptied by a role that may not drop tables", async () => {
      const role = `app_${Date.now()}`;
      await pool.query(
        `CREATE ROLE ${role}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`,
      );
      await given(sinceThen("2020-01-10T00:00:00Z"), 500);
      const asRole = new pg.Pool({ connectionString: database.url, options: `-c role=${role}` });
      const settings = { contentDays: 30, metadataDays: 400, log: createLog("test", "silent") };
      const result = await createRetain({
        retention: createRetention(asRole),
        monotonicNow: () => 0,
        ...settings,
      }).retain();
      await asRole.end();
      expect(result).toMatchObject({ notifications: 1, months: 0 });
      expect(await timelines()).toEqual([]);
      await pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    });
  });
});

describe("the Schedule of the retention", { timeout: 120_000 }, () => {
  let system: System;

  beforeAll(async () => {
    system = await startSystem();
    await seed(system);
  });

  afterAll(() => system.stop());

  /** As an operator does in the Web UI; resolves when the workflow has ended again. */
  async function resetToItsStart(workflowId: string): Promise<void> {
    const { workflowService, options, workflow } = system.client;
    const { events } = await workflow.getHandle(workflowId).fetchHistory();
    const firstTask = events?.find(({ workflowTaskCompletedEventAttributes: completed }) => completed);
    const { runId } = await workflowService.resetWorkflowExecution({
      namespace: options.namespace,
      workflowExecution: { workflowId },
      workflowTaskFinishEventId: firstTask?.eventId ?? null,
      requestId: randomUUID(),
    });
    await workflow.getHandle(workflowId, runId).result();
  }

  it("forgets a content, and then the notification, whose request is still known", async () => {
    const post = () => system.call<Notification>("POST", "/v1/notifications", order("old", { category: "letters" }));
    const { id } = await ok(post());
    await system.finished(id);
    // As if so much time had passed.
    const age = async (days: number) => {
      const old = idOf(daysAgo(days));
      await system.pool.query(
        "BEGIN; SET LOCAL session_replication_role = replica;" +
          `UPDATE notification_contents SET notification_id = '${old}';` +
          `UPDATE deliveries SET notification_id = '${old}'; UPDATE event_keys SET notification_id = '${old}';` +
          `UPDATE notifications SET id = '${old}', final_at = now() - interval '${days} days'; COMMIT`,
      );
      // The run before may not have ended yet, and the default is to skip one that overlaps.
      await system.client.schedule.getHandle(RETENTION_SCHEDULE).trigger(ScheduleOverlapPolicy.BUFFER_ONE);
    };
    await age(31);
    await waitFor(
      "the content to be forgotten",
      async () => {
        const { rows } = await system.pool.query("SELECT 1 FROM notification_contents");
        return rows.length === 0;
      },
      { timeoutMs: 60_000 },
    );
    expect((await system.call("GET", `/v1/notifications/${id}`)).body).toMatchObject({ status: "sent" });
    await age(401);
    await waitFor(
      "the notification to be forgotten",
      async () => {
        const { rows } = await system.pool.query("SELECT 1 FROM notifications");
        return rows.length === 0;
      },
      { timeoutMs: 60_000 },
    );
    const repeat = await post();
    expect([repeat.status, repeat.headers.get("Idempotent-Replayed")]).toEqual([200, "true"]);
    expect(repeat.body.status).toBe("forgotten");
    await resetToItsStart("ntf:shop:old");
    expect(system.messagesOf(id)).toHaveLength(1);
  });
});
