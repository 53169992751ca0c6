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
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

type Told = { type: string; data: { id: string; kind: string; subject: string; count: number } };

let database: TestDatabase;
let pool: pg.Pool;
let receiver: Server;
let taken: { headers: Record<string, unknown>; text: string; body: Told }[] = [];
let answer = 204;

const secret = randomBytes(32);

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, { max: 4, applicationName: "alerts-test" });
});

beforeEach(async () => {
  taken = [];
  answer = 204;
  await pool.query("DELETE FROM alerts");
  receiver = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      taken.push({ headers: request.headers, text, body: JSON.parse(text) as Told });
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
    const types = taken.map(({ body }) => body.type);
    expect(types[0]).toBe("alert.raised");
    expect(types.slice(1, -1).every((type) => type === "alert.goes_on")).toBe(true);
    expect(types.at(-1)).toBe("alert.recovered");
    expect(types.length).toBeLessThanOrEqual(25);
    expect(new Set(taken.map(({ body }) => body.data.id)).size).toBe(1);
    expect(taken.at(-1)?.body.data).toMatchObject({ subject: "sendgrid", count: 9_600 });
  });

  it("that comes back after it was over is another one", async () => {
    const alerts = createAlerts(pool);
    await alerts.raise("provider_down", "smtp", {}, 1);
    await round();
    await pass("1 hour");
    await round();
    await alerts.raise("provider_down", "smtp", {}, 1);
    await round();
    expect(taken.map(({ body }) => body.type)).toEqual(["alert.raised", "alert.recovered", "alert.raised"]);
    expect(new Set(taken.map(({ body }) => body.data.id)).size).toBe(2);
  });

  it("is signed by the Standard Webhooks specification", async () => {
    await createAlerts(pool).raise("provider_down", "smtp", {}, 1);
    await round();
    const { headers = {}, text = "" } = taken[0] ?? {};
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
    expect(new Set(taken.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  it("is raised for a provider whose breaker is open", async () => {
    await pool.query(
      "INSERT INTO provider_breakers (provider, state, probe_at) VALUES ('twilio', 'open', now()), ('smtp', 'closed', NULL)",
    );
    await round();
    await pool.query("DELETE FROM provider_breakers");
    await round();
    expect(taken.map(({ body }) => body.data)).toMatchObject([{ kind: "provider_down", subject: "twilio", count: 1 }]);
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
    expect(taken.map(({ body }) => body.data)).toMatchObject([{ kind: "dead_letters", subject: "many", count: 5 }]);
  });
});
