import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addRule, clearRules } from "../support/sandbox-rules.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

const IN_FLIGHT = 20;

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
});

afterAll(() => system.stop());

describe("a worker that is told to stop", { timeout: 120_000 }, () => {
  it("ends the calls it has begun, begins no other, and leaves nothing in doubt", async () => {
    await addRule(system.sandbox, {}, { delayMs: 3_000 });
    const requests = Array.from({ length: IN_FLIGHT }, (_, index) => order(`begun-${index}`, { category: "letters" }));
    const ids = (
      await Promise.all(requests.map((request) => ok(system.call<Notification>("POST", "/v1/notifications", request))))
    ).map(({ id }) => id);
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
});
