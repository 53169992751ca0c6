import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HEARTBEAT_TIMEOUT_MS, sendQueue } from "../../src/workflows/contract.ts";
import { startRelay } from "../support/relay.ts";
import { addRule, clearRules } from "../support/sandbox-rules.ts";
import { CLIENT_ID, type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

const IN_FLIGHT = 20;
/** Fewer than a worker sends at once. */
const HELD = 10;
/** As PostgreSQL is away while a standby takes over. */
const AWAY_MS = 10_000;

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
});

afterAll(() => system.stop());

/** The runs of the only send of a notification. */
async function runsOf(eventId: string): Promise<number | null | undefined> {
  const handle = system.client.workflow.getHandle(`ntf:${CLIENT_ID}:${eventId}`);
  // Temporal writes of a run only once it is over, which is after the row says so.
  await handle.result();
  const { events } = await handle.fetchHistory();
  return events?.flatMap(({ activityTaskStartedEventAttributes: started }) => started ?? [])[0]?.attempt;
}

const post = (eventId: string) =>
  ok(system.call<Notification>("POST", "/v1/notifications", order(eventId, { category: "letters" })));

describe("a send", { timeout: 120_000 }, () => {
  it("that a worker took along goes to another soon, and one that takes long stays where it is", async () => {
    await Promise.all(system.workers.splice(0).map((worker) => worker.stop()));
    const ordersOnly = await system.startWorker({}, ["--queues", "notifications"]);
    const lost = await post("lost");
    const { client } = system;
    const taken = await client.withDeadline(Date.now() + 30_000, () =>
      client.workflowService.pollActivityTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name: sendQueue("email") },
        identity: "a worker that is gone",
      }),
    );
    expect(taken.activityType?.name).toBe("send");

    await ordersOnly.stop();
    system.workers.splice(0);
    await system.startWorker();
    await system.finished(lost.id, 25_000);
    expect([await runsOf("lost"), system.messagesOf(lost.id).length]).toEqual([2, 1]);

    await addRule(system.sandbox, {}, { delayMs: 1.5 * HEARTBEAT_TIMEOUT_MS });
    const long = await post("long");
    await system.finished(long.id);
    expect([await runsOf("long"), system.messagesOf(long.id).length]).toEqual([1, 1]);
    await clearRules(system.sandbox);
  });
});

describe("a worker that is told to stop", { timeout: 120_000 }, () => {
  it("ends the calls it has begun, begins no other, and leaves nothing in doubt", async () => {
    await addRule(system.sandbox, {}, { delayMs: 3_000 });
    const begun = await Promise.all(Array.from({ length: IN_FLIGHT }, (_, index) => post(`begun-${index}`)));
    const ids = begun.map(({ id }) => id);
    await waitFor("calls to be under way", async () => {
      const { rows } = await system.pool.query("SELECT 1 FROM attempts WHERE outcome IS NULL");
      return rows.length > 0;
    });
    const [worker] = system.workers.splice(0);
    expect(await worker?.stop()).toBe(0);
    const { rows } = await system.pool.query<{ outcome: string | null }>("SELECT DISTINCT outcome FROM attempts");
    expect(rows).toEqual([{ outcome: "sent" }]);

    await clearRules(system.sandbox);
    await system.startWorker();
    for (const id of ids) {
      expect(await system.finished(id, 60_000)).toMatchObject({
        status: "sent",
        deliveries: [{ attempts: 1, possibleDuplicate: false }],
      });
      expect(system.messagesOf(id)).toHaveLength(1);
    }
  });

  it("waits for a database that is away to take down how they ended", async () => {
    await Promise.all(system.workers.splice(0).map((worker) => worker.stop()));
    const database = new URL(system.env.DATABASE_URL ?? "");
    const relay = await startRelay(Number(database.port));
    database.port = String(relay.port);
    await system.startWorker({ DATABASE_URL: database.href });
    await addRule(system.sandbox, {}, { hold: "before_accept" });
    const ids = await Promise.all(Array.from({ length: HELD }, async (_, index) => (await post(`held-${index}`)).id));
    await waitFor("all to be with the provider", () => system.sandbox.held().length === HELD);

    await relay.down();
    await clearRules(system.sandbox);
    await waitFor("all to be taken", () => ids.every((id) => system.messagesOf(id).length === 1));
    const [worker] = system.workers.splice(0);
    const stopped = worker?.stop();
    await delay(AWAY_MS);
    expect(worker?.ended()).toBe(false);
    await relay.up();
    expect(await stopped).toBe(0);
    await relay.down();

    await system.startWorker();
    for (const id of ids) {
      expect(await system.finished(id, 60_000)).toMatchObject({
        status: "sent",
        deliveries: [{ attempts: 1, possibleDuplicate: false }],
      });
      expect(system.messagesOf(id)).toHaveLength(1);
    }
  });
});
