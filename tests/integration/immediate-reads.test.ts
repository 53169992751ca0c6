import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Notification, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

const ROUNDS = 1_000;
/** Further rounds whose cancel comes as soon as the notification is read as begun: here the send has won. */
const LATER_ROUNDS = 30;
/** Requests under way at the same time. */
const CONCURRENCY = 10;

let system: System;

beforeAll(async () => {
  system = await startSystem({ apis: 2 });
  await seed(system);
});

afterAll(() => system.stop());

describe(`${ROUNDS} notifications, each read and cancelled on another API process right after its 202`, () => {
  const reads: number[] = [];
  const cancels: { id: string; status: number; result: string }[] = [];

  beforeAll(async () => {
    const [here, there] = system.apis;
    const rounds = Array.from({ length: ROUNDS + LATER_ROUNDS }, (_, index) => index).values();
    const run = async () => {
      for (const round of rounds) {
        const posted = await system.call<Notification>("POST", "/v1/notifications", order(`race-${round}`), here);
        if (posted.status !== 202) throw new Error(`round ${round}: ${JSON.stringify(posted.body)}`);
        const path = `/v1/notifications/${posted.body.id}`;
        if (round >= ROUNDS) await begun(path);
        const [read, cancelled] = await Promise.all([system.call("GET", path, undefined, there), cancel(path, there)]);
        reads.push(read.status);
        cancels.push({ id: posted.body.id, status: cancelled.status, result: cancelled.body.result });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, run));
  }, 600_000);

  /** Asked again where the answer is that nobody has admitted it yet, as a caller would. */
  const cancel = (path: string, api: System["apis"][number] | undefined) =>
    waitFor("an answer to the cancel", async () => {
      const answer = await system.call<{ result: string }>("POST", `${path}/cancel`, undefined, api);
      return answer.status === 503 ? null : answer;
    });

  const begun = (path: string) =>
    waitFor(`${path} to be sending or beyond`, async () => {
      const { body } = await system.call<Notification>("GET", path);
      return ["accepted", "scheduled"].includes(body.status) ? undefined : body.status;
    });

  it("never meets a 404", () => {
    expect(new Set(reads)).toEqual(new Set([200]));
    expect(new Set(cancels.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it("ends every one of them", async () => {
    for (const { id, result } of cancels) {
      const { status } = await system.finished(id);
      expect([id, result === "cancelled", status === "cancelled"]).toEqual([
        id,
        result === "cancelled",
        result === "cancelled",
      ]);
    }
  }, 120_000);

  it("never sends what was answered `cancelled`", () => {
    const sent = new Set(system.sandbox.messages().map(({ notificationId }) => notificationId));
    const broken = cancels.filter(({ id, result }) => result === "cancelled" && sent.has(id));
    expect(broken).toEqual([]);
    // Both sides of the race must have been seen, or nothing was shown.
    expect(cancels.some(({ result }) => result === "cancelled")).toBe(true);
    expect(sent.size).toBeGreaterThan(0);
  });
});
