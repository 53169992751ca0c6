import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTellAlerts } from "../../src/activities/tell-alerts.ts";
import { createAlerts } from "../../src/database/alerts.ts";
import { createPool } from "../../src/database/pool.ts";
import { createLog } from "../../src/observability/log.ts";
import { createAlertWebhook } from "../../src/workers/alert-webhook.ts";
import { OWN_SOURCE } from "../../src/domain/receipt.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

type Told = { type: string; data: { id: string; kind: string; subject: string; count: number } };

let database: TestDatabase;
let pool: pg.Pool;
let receiver: Server;
let told: { headers: Record<string, unknown>; text: string; body: Told }[] = [];
let answer = 204;

const secret = randomBytes(32);

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, { max: 4, applicationName: "alerts-test" });
});

beforeEach(async () => {
  told = [];
  answer = 204;
  await pool.query("DELETE FROM alerts");
  receiver = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      told.push({ headers: request.headers, text, body: JSON.parse(text) as Told });
      response.writeHead(answer).end();
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
});

afterEach(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await once(receiver, "close");
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

function round(deadLetterThreshold = 10) {
  const { port } = receiver.address() as AddressInfo;
  const webhook = { url: `http://127.0.0.1:${port}/hook`, secret };
  return createTellAlerts({
    alerts: createAlerts(pool),
    deadLetterThreshold,
    tellingProviders: ["sendgrid", "mailchimp", "twilio"],
    tell: createAlertWebhook(webhook, () => Date.now() / 1_000),
    log: createLog("test", "silent"),
  }).tellAlerts();
}

/** As if all that happened to alerts had happened so much earlier. */
const pass = (time: string) =>
  pool.query(
    `UPDATE alerts SET first_seen = first_seen - $1::interval, last_seen = last_seen - $1::interval,
       notified_at = notified_at - $1::interval, recovered_at = recovered_at - $1::interval`,
    [time],
  );

describe("an alert", () => {
  it("is one for an outage of 24 hours: told at once, hourly while it goes on, and when it is over", async () => {
    const alerts = createAlerts(pool);
    for (let quarter = 0; quarter < 96; quarter++) {
      await alerts.raise("provider_needs_mending", "sendgrid", { channel: "email", code: "401" }, 100);
      await round();
      await round();
      await pass("15 minutes");
    }
    await pass("30 minutes");
    await round();
    await round();
    const types = told.map(({ body }) => body.type);
    expect(types[0]).toBe("alert.raised");
    expect(types.slice(1, -1).every((type) => type === "alert.goes_on")).toBe(true);
    expect(types.at(-1)).toBe("alert.recovered");
    expect(types.length).toBeLessThanOrEqual(25);
    expect(new Set(told.map(({ body }) => body.data.id)).size).toBe(1);
    expect(told.at(-1)?.body.data).toMatchObject({ subject: "sendgrid", count: 9_600 });
  });

  it("that comes back after it was over is another one", async () => {
    const alerts = createAlerts(pool);
    await alerts.raise("provider_down", "smtp", {}, 1);
    await round();
    await pass("1 hour");
    await round();
    await alerts.raise("provider_down", "smtp", {}, 1);
    await round();
    expect(told.map(({ body }) => body.type)).toEqual(["alert.raised", "alert.recovered", "alert.raised"]);
    expect(new Set(told.map(({ body }) => body.data.id)).size).toBe(2);
  });

  it("is signed by the Standard Webhooks specification", async () => {
    await createAlerts(pool).raise("provider_down", "smtp", {}, 1);
    await round();
    const { headers = {}, text = "" } = told[0] ?? {};
    const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${text}`;
    const expected = createHmac("sha256", secret).update(signed).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
  });

  it("that cannot be delivered harms nothing, and comes again with the same id", async () => {
    await createAlerts(pool).raise("provider_down", "smtp", {}, 1);
    answer = 500;
    expect(await round()).toEqual({ told: 0, failed: 1 });
    answer = 204;
    expect(await round()).toEqual({ told: 1, failed: 0 });
    expect(await round()).toEqual({ told: 0, failed: 0 });
    expect(new Set(told.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  it("is raised for a provider whose breaker is open", async () => {
    await pool.query(
      "INSERT INTO provider_breakers (provider, state, probe_at) VALUES ('twilio', 'open', now()), ('smtp', 'closed', NULL)",
    );
    await round();
    await pool.query("DELETE FROM provider_breakers");
    await round();
    expect(told.map(({ body }) => body.data)).toMatchObject([{ kind: "provider_down", subject: "twilio", count: 1 }]);
  });

  it("is raised for a client with many dead letters within an hour, and for no other", async () => {
    await pool.query("INSERT INTO clients (id, name) VALUES ('many', 'Many'), ('few', 'Few')");
    const dead = (client: string, count: number) =>
      pool.query(
        `INSERT INTO notifications (id, client_id, event_id, workflow_id, category_id, template_id, template_version,
           status, reason, mandatory, guarantee, priority, accepted_at, decided_at, final_at)
         SELECT gen_random_uuid(), $1, 'e' || n, 'w', 'c', 't', 1, 'failed', 'expired', false, 'at_least_once', 'normal',
           now(), now(), now() FROM generate_series(1, $2::int) AS n`,
        [client, count],
      );
    await dead("many", 5);
    await dead("few", 4);
    await round(5);
    await round(5);
    expect(told.map(({ body }) => body.data)).toMatchObject([{ kind: "dead_letters", subject: "many", count: 5 }]);
  });
});

describe("the alert of missing receipts", () => {
  /** Attempts that a provider took so long ago, of some of which it told later. */
  const taken = (provider: string, ago: string, count: number, told: number, outcome = "sent", by = provider) =>
    pool.query(
      `WITH given AS (
         SELECT n, clock_timestamp() - $2::interval AS at, gen_random_uuid() AS notification, gen_random_uuid() AS delivery,
           (lpad(to_hex((extract(epoch FROM clock_timestamp() - $2::interval) * 1000)::bigint), 12, '0')
             || substr(replace(gen_random_uuid()::text, '-', ''), 13))::uuid AS attempt
         FROM generate_series(1, $3::int) AS n
       ), notification AS (
         INSERT INTO notifications (id, client_id, event_id, workflow_id, category_id, template_id, template_version,
           status, mandatory, guarantee, priority, accepted_at, decided_at, final_at)
         SELECT notification, 'telling', notification::text, 'w', 'c', 't', 1, 'sent', false, 'at_least_once', 'normal',
           at, at, at FROM given
       ), delivery AS (
         INSERT INTO deliveries (id, notification_id, position, channel, status)
         SELECT delivery, notification, 1, 'email', 'sent' FROM given
       ), attempt AS (
         INSERT INTO attempts (id, delivery_id, number, generation, provider, opened_at, closed_at, outcome)
         SELECT attempt, delivery, 1, 0, $1, at, at, $5 FROM given
       )
       INSERT INTO timeline_events (id, at, notification_id, delivery_id, type, channel, detail)
       SELECT gen_random_uuid(), at + interval '1 minute', notification, delivery, 'receipt', 'email',
         jsonb_build_object('attemptId', attempt, 'provider', $6::text, 'type', 'delivered') FROM given WHERE n <= $4`,
      [provider, ago, count, told, outcome, by],
    );
  const toldOf = () => told.map(({ body }) => `${body.type} ${body.data.kind}`);
  const open = async () =>
    (await createAlerts(pool).list({ kind: "receipts_missing", open: true }, { before: null, limit: 10 })).map(
      ({ subject, detail }) => ({ subject, ...detail }),
    );

  beforeEach(async () => {
    await pool.query("TRUNCATE notifications, timeline_events CASCADE");
    await pool.query("INSERT INTO clients (id, name) VALUES ('telling', 'Telling') ON CONFLICT DO NOTHING");
  });

  it("is raised where a provider that should tell has told of nothing for an hour, and ends by itself", async () => {
    await taken("sendgrid", "90 minutes", 50, 0);
    await taken("mailchimp", "90 minutes", 50, 1);
    await taken("twilio", "90 minutes", 49, 0);
    // What was refused has no receipts, and SMTP never tells.
    await taken("twilio", "90 minutes", 50, 0, "permanent");
    await taken("smtp", "90 minutes", 60, 0);
    // Too young, and too old.
    await taken("mailchimp", "50 minutes", 60, 0);
    await taken("mailchimp", "125 minutes", 60, 0);
    await round();
    await round();
    expect(await open()).toEqual([{ subject: "sendgrid", attempts: 50, withReceipts: 0 }]);
    expect(toldOf()).toEqual(["alert.raised receipts_missing"]);

    await taken("sendgrid", "70 minutes", 1, 1);
    await pass("31 minutes");
    await round();
    expect(await open()).toEqual([]);
    expect(toldOf()).toEqual(["alert.raised receipts_missing", "alert.recovered receipts_missing"]);
  });

  it("is raised where only our own pixels told of messages", async () => {
    await taken("sendgrid", "90 minutes", 50, 40, "sent", OWN_SOURCE);
    await round();
    expect(await open()).toEqual([{ subject: "sendgrid", attempts: 50, withReceipts: 0 }]);
  });

  it("is raised where few are left of what there was the day before, and not where there were always few", async () => {
    for (const provider of ["sendgrid", "mailchimp", "twilio"]) await taken(provider, "90 minutes", 60, 5);
    await taken("sendgrid", "25 hours 30 minutes", 60, 31);
    await taken("mailchimp", "25 hours 30 minutes", 60, 30);
    await round();
    expect(await open()).toEqual([{ subject: "sendgrid", attempts: 60, withReceipts: 5 }]);
  });
});
