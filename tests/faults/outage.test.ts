import { setTimeout as delay } from "node:timers/promises";
import { loadavg } from "node:os";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from "vitest";
import { type Relay, startRelay } from "../support/relay.ts";
import { addRule, clearRules } from "../support/sandbox-rules.ts";
import { type OwnServers, startOwnServers } from "../support/own-servers.ts";
import { type Notification, ok, order, seed, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

// Providers are cut off: mail has a standby, SMS has none. `OUTAGE_SECONDS=600` makes it ten minutes.

const OUTAGE_MS = Number(process.env.OUTAGE_SECONDS ?? 12) * 1_000;
/** Between two sends of each channel; seldom enough that a long outage ends with some hundreds that wait. */
const EVERY_MS = 250;
/** The last probe that fails, the time to the next one, and as much again for those that wait. */
const RECOVERY_MS = 150_000;

let servers: OwnServers;
let mail: Relay;
let texts: Relay;
let system: System;

const portOf = (url: string) => Number(new URL(url).port);

beforeAll(async () => {
  servers = await startOwnServers("outage", {
    settings: async ({ smtpUrl, twilioBaseUrl, sendgridBaseUrl }) => {
      mail = await startRelay(portOf(smtpUrl));
      texts = await startRelay(portOf(twilioBaseUrl));
      return {
        EMAIL_PROVIDERS: "smtp,sendgrid",
        SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
        SENDGRID_API_KEY: "SG.sandbox",
        SENDGRID_BASE_URL: sendgridBaseUrl,
        TWILIO_BASE_URL: `http://127.0.0.1:${texts.port}`,
      };
    },
  });
  ({ system } = servers);
  await seed(system);
  await ok(system.call("POST", "/v1/users/mina/contacts", { channel: "sms", address: "+14155550100" }));
  await ok(system.call("PUT", "/v1/categories/texts", { channels: ["sms"] }));
}, 120_000);

afterAll(async () => {
  await servers.stop();
  await Promise.all([mail.down(), texts.down()]);
}, 120_000);

async function send(eventId: string, category: "letters" | "texts"): Promise<string> {
  lastSent = eventId;
  const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", order(eventId, { category })));
  return id;
}

type Breaker = { state: "closed" | "open" | "probing"; since: string | null };

async function breakerOf(provider: string): Promise<Breaker> {
  return (await ok(system.call<{ breaker: Breaker }>("GET", `/v1/providers/${provider}`))).breaker;
}

/** Each was sent, by these providers, and as often as the record says that it may have been. */
async function expectSent(ids: readonly string[], providers: readonly string[]): Promise<void> {
  for (const id of ids) {
    const { status, deliveries } = await system.finished(id, RECOVERY_MS);
    const [delivery] = deliveries;
    expect([id, status]).toEqual([id, "sent"]);
    expect(providers).toContain(delivery?.provider);
    const copies = system.messagesOf(id).length;
    expect([id, copies >= 1, copies === 1 || delivery?.possibleDuplicate]).toEqual([id, true, true]);
  }
}

/** The event ID of what was sent last, which is what is waited for as often as not. */
let lastSent = "";

/** What a failure can be understood by: the breakers, what became of the last one, and what the workers said. */
async function explainFailure(): Promise<void> {
  const read = async (what: string, sql: string) => {
    console.log(what, JSON.stringify((await system.pool.query(sql)).rows));
  };
  console.log(new Date().toISOString(), `load ${loadavg().map(Math.round).join(" ")}`);
  await read("breakers", "SELECT * FROM provider_breakers");
  await read("openings", "SELECT * FROM breaker_openings ORDER BY opened_at");
  await read("deliveries", "SELECT channel, status, count(*)::int FROM deliveries GROUP BY 1, 2 ORDER BY 1, 2");
  await read(
    `timeline of ${lastSent}`,
    `SELECT e.at, e.type, e.detail FROM timeline_events e JOIN notifications n ON n.id = e.notification_id
     WHERE n.event_id = '${lastSent}' ORDER BY e.at`,
  );
  const workflow = system.client.workflow.getHandle(`ntf:shop:${lastSent}`);
  const { pendingActivities } = (await workflow.describe()).raw;
  for (const { state, attempt, lastStartedTime, scheduledTime, lastFailure } of pendingActivities ?? []) {
    const [started, scheduled] = [lastStartedTime, scheduledTime].map((time) => Number(time?.seconds ?? 0) * 1_000);
    console.log("pending", { state, attempt, started, scheduled, failure: lastFailure?.message });
  }
  const { events } = await workflow.fetchHistory();
  for (const { eventTime, eventType } of events ?? []) {
    const at = Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;
    console.log(new Date(at).toISOString(), `event ${eventType}`);
  }
  console.log(system.workers.map((worker) => worker.output().slice(-4_000)).join("\n"));
}

describe(`an outage of ${OUTAGE_MS / 1_000} seconds`, { timeout: OUTAGE_MS + 2 * RECOVERY_MS }, () => {
  beforeEach(() => onTestFailed(explainFailure));
  const letters: string[] = [];
  const messages: string[] = [];

  it("begins after all was well", async () => {
    await expectSent([await send("letter-before", "letters")], ["smtp"]);
    await expectSent([await send("text-before", "texts")], ["twilio"]);
  });

  it("is not seen by what has a standby, and holds the rest", async () => {
    await Promise.all([mail.down(), texts.down()]);
    const endsAt = performance.now() + OUTAGE_MS;
    for (let count = 0; performance.now() < endsAt; count++) {
      letters.push(await send(`letter-${count}`, "letters"));
      messages.push(await send(`text-${count}`, "texts"));
      await delay(EVERY_MS);
    }
    expect((await breakerOf("smtp")).state).not.toBe("closed");
    expect((await breakerOf("twilio")).state).not.toBe("closed");
    await expectSent(letters, ["sendgrid"]);
    const { rows } = await system.pool.query<{ at: Date }>(
      "SELECT opened_at AS at FROM breaker_openings WHERE provider = 'smtp'",
    );
    const openedAt = rows[0]?.at.getTime() ?? 0;
    const first = system.sandbox
      .messages()
      .filter(({ provider, at }) => provider === "sendgrid" && Date.parse(at) >= openedAt)
      .map(({ at }) => Date.parse(at) - openedAt);
    console.log(
      `${letters.length} letters by the standby, the first ${Math.min(...first)} ms after the breaker opened`,
    );
    expect(Math.min(...first)).toBeLessThan(5_000);
    expect(system.messagesOf(messages[0] ?? "")).toEqual([]);
    expect(system.workers.map((worker) => worker.output()).join("")).toContain("its breaker is open");
  });

  it("uses up no attempts of what waits, but those of the probes", async () => {
    const { rows } = await system.pool.query<{ waiting: number; attempts: number; probes: number }>(
      `SELECT count(*)::int AS waiting, sum(attempts)::int AS attempts FROM deliveries
       WHERE channel = 'sms' AND status IN ('pending', 'sending')`,
    );
    const { waiting = 0, attempts = 0 } = rows[0] ?? {};
    expect(waiting).toBe(messages.length);
    // What was under way before it opened, and a probe each five seconds at most.
    expect(attempts).toBeLessThanOrEqual(30 + OUTAGE_MS / 5_000);
    console.log(`${waiting} texts wait, after ${attempts} attempts in all`);
  });

  it("ends with the first provider in use again, and nothing lost", async () => {
    const since = performance.now();
    await Promise.all([mail.up(), texts.up()]);
    let count = 0;
    await waitFor(
      "the first provider to be in use again",
      async () => {
        const id = await send(`letter-after-${count++}`, "letters");
        // A loaded machine may lose a send on its way to the worker, which is noticed later.
        const { deliveries } = await system.finished(id, RECOVERY_MS);
        return deliveries[0]?.provider === "smtp" && (await breakerOf("smtp")).state === "closed";
      },
      { timeoutMs: RECOVERY_MS, everyMs: 500 },
    );
    const backAfter = performance.now() - since;
    await expectSent(messages, ["twilio"]);
    const [back, sent] = [backAfter, performance.now() - since].map((ms) => (ms / 1_000).toFixed(1));
    console.log(`back to the first after ${back} s; ${messages.length} texts sent within ${sent} s of recovery`);
  });
});

describe("SIGKILL of the worker that probes", { timeout: 2 * RECOVERY_MS }, () => {
  it("passes the probe on when its lease ends", async () => {
    await texts.down();
    const ids = await Promise.all(Array.from({ length: 8 }, (_, index) => send(`probed-${index}`, "texts")));
    await waitFor("the breaker to open", async () => (await breakerOf("twilio")).state === "open", {
      timeoutMs: RECOVERY_MS,
    });
    await addRule(system.sandbox, { provider: "twilio" }, { hold: "before_accept" });
    await texts.up();
    await waitFor("a probe to be under way", () => system.sandbox.held().length > 0, { timeoutMs: RECOVERY_MS });
    await Promise.all(system.workers.splice(0).map((worker) => worker.kill()));
    expect((await breakerOf("twilio")).state).toBe("probing");
    await clearRules(system.sandbox);
    await system.startWorker();
    await expectSent(ids, ["twilio"]);
    expect((await breakerOf("twilio")).state).toBe("closed");
  });
});
