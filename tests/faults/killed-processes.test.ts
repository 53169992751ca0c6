import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addRule, clearRules } from "../support/sandbox-rules.ts";
import { type OwnServers, startOwnServers } from "../support/own-servers.ts";
import { type Notification, ok, order, seed, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

// Real processes, killed without a chance to tidy up. Whatever was acknowledged must end, and nothing may arrive twice
// but what the ledger calls a possible duplicate.

const IN_FLIGHT = 50;
/** The longest activity time-out, after which Temporal hands a lost send to another worker, and some. */
const RECOVERY_MS = 90_000;

let servers: OwnServers;
let system: System;

beforeAll(async () => {
  servers = await startOwnServers("faults");
  ({ system } = servers);
  await seed(system);
}, 120_000);

afterAll(() => servers.stop(), 120_000);

const post = (eventId: string) => system.call<Notification>("POST", "/v1/notifications", order(eventId));

/** Each ended as it should, and the sandbox's ledger bears out what the service says of it. */
async function expectAllTrue(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const notification = await system.finished(id, RECOVERY_MS);
    expect(notification.status).toBe("sent");
    for (const { channel, possibleDuplicate } of notification.deliveries) {
      const copies = system.messagesOf(id).filter((message) => message.channel === channel).length;
      expect([id, channel, copies >= 1, copies === 1 || possibleDuplicate]).toEqual([id, channel, true, true]);
    }
  }
}

describe("SIGKILL", () => {
  it(`of the worker with ${IN_FLIGHT} sends in flight`, { timeout: 180_000 }, async () => {
    await addRule(system.sandbox, {}, { delayMs: 8_000 });
    const answers = await Promise.all(Array.from({ length: IN_FLIGHT / 2 }, (_, index) => post(`in-flight-${index}`)));
    const ids = answers.map(({ body }) => body.id);
    await waitFor(`${IN_FLIGHT} attempts to be open`, async () => {
      const { rows } = await system.pool.query<{ open: number }>(
        "SELECT count(*)::int AS open FROM attempts WHERE outcome IS NULL",
      );
      return rows[0]?.open === IN_FLIGHT;
    });
    await Promise.all(system.workers.splice(0).map((worker) => worker.kill()));
    await clearRules(system.sandbox);
    await system.startWorker();
    await expectAllTrue(ids);
  });

  it.each([
    [
      "the API",
      async () => {
        await system.apis[0]?.kill();
        await system.startApi();
      },
    ],
    [
      "the worker",
      async () => {
        await Promise.all(system.workers.splice(0).map((worker) => worker.kill()));
        await system.startWorker();
      },
    ],
    ["PostgreSQL", () => servers.postgres.killAndRestart()],
    ["Temporal", () => servers.temporal.killAndRestart()],
  ])("of %s while requests come in", { timeout: 240_000 }, async (victim, killAndRestart) => {
    const acknowledged = new Set<string>();
    const refusals = new Set<string>();
    let stop = false;
    const client = async (name: number) => {
      for (let count = 0; !stop; count++) {
        // The same request again until it is acknowledged, as a caller would.
        const answer = await post(`${victim}-${name}-${count}`).catch(() => null);
        if (answer === null) {
          refusals.add("no connection");
          count--;
        } else if (answer.status === 503) {
          expect(answer.headers.get("Retry-After")).not.toBeNull();
          refusals.add("503");
          count--;
        } else {
          expect([200, 202]).toContain(answer.status);
          acknowledged.add(answer.body.id);
        }
        await delay(150);
      }
    };
    const clients = [0, 1, 2].map(client);
    await waitFor("requests to be under way", () => acknowledged.size >= 10);
    await killAndRestart();
    const before = acknowledged.size;
    await waitFor("requests to be taken again", () => acknowledged.size >= before + 10, { timeoutMs: 60_000 });
    stop = true;
    await Promise.all(clients);
    await expectAllTrue([...acknowledged]);
  });

  it("leaves a service that says it is ready", async () => {
    expect(await ok(system.call("GET", "/readyz"))).toBeDefined();
  });
});
