import { describe, expect, it } from "vitest";
import type { OverdueNotification } from "../database/repairs.ts";
import { createLog } from "../observability/log.ts";
import { createRepair, type RepairDependencies } from "./repair.ts";

const overdue = (count: number): OverdueNotification[] =>
  Array.from({ length: count }, (_, index) => ({
    notificationId: String(index),
    key: { clientId: "shop", eventId: String(index) },
    workflowId: `ntf:shop:${index}`,
    dueAt: new Date(0),
    waits: false,
  }));

// eslint-disable-next-line @typescript-eslint/require-await
async function* noneOf(): AsyncGenerator<never> {
  yield* [];
}

/** A round on stores that have nothing to do but what is given. */
function given({ due = 0, isRunning = () => Promise.resolve(true), restoreControls = () => Promise.resolve() } = {}) {
  const clock = { now: 0 };
  const did: string[] = [];
  const note = (what: string) => Promise.resolve(void did.push(what));
  const activities = createRepair({
    repairs: {
      overdue: () => Promise.resolve(overdue(due)),
      postpone: (id: string) => note(`postpone ${id}`),
      takeOver: ({ workflowId }: { workflowId: string }) => note(`take over ${workflowId}`).then(() => null),
      isClaimed: () => Promise.resolve(true),
      ensurePartitions: () => note("partitions").then(() => true),
    },
    workflows: {
      standingOf: async (workflowId: string) => {
        await note(`ask ${workflowId}`);
        return { now: (await isRunning()) ? "running" : "gone" };
      },
      broken: () => noneOf(),
      startReplay: (id: string) => note(`replay ${id}`),
    },
    erasures: { clearPage: () => Promise.resolve(false) },
    outdated: { forget: () => Promise.resolve({ places: 0, contents: 0 }) },
    receipts: { unsettled: () => Promise.resolve([]) },
    stats: { fold: () => note("fold").then(() => 0) },
    replays: { unfinished: () => Promise.resolve(["one"]) },
    restoreControls,
    alarm: { raise: () => note("alarm") },
    repaired: () => undefined,
    log: createLog("test", "silent"),
    now: () => new Date(clock.now),
  } as unknown as RepairDependencies);
  return { repair: () => activities.repair(), did, clock };
}

describe("a round of repair", () => {
  it("does all chores though one of them fails, and then says so", async () => {
    const { repair, did } = given({ due: 1, restoreControls: () => Promise.reject(new Error("away")) });
    await expect(repair()).rejects.toThrow("away");
    expect(did).toEqual(expect.arrayContaining(["fold", "replay one", "partitions", "postpone 0"]));
  });

  it("does its chores while Temporal takes its time to answer", async () => {
    let answer: (isRunning: boolean) => void = () => undefined;
    const { repair, did } = given({ due: 1, isRunning: () => new Promise((resolve) => (answer = resolve)) });
    const over = repair();
    await expect.poll(() => did).toEqual(expect.arrayContaining(["fold", "replay one", "partitions"]));
    expect(did).not.toContain("postpone 0");
    answer(true);
    expect(await over).toMatchObject({ looked: 1 });
    expect(did).toContain("postpone 0");
  });

  it("asks Temporal about what is overdue for two minutes, and leaves the rest to the next one", async () => {
    const { repair, did, clock } = given({ due: 100, isRunning: () => Promise.resolve(((clock.now += 10_000), true)) });
    expect(await repair()).toMatchObject({ looked: 13 });
    expect(did.filter((what) => what.startsWith("postpone"))).toHaveLength(13);
  });

  it("goes on after notifications that cannot be repaired, unless there are many", async () => {
    const failing = (count: number) => {
      let asked = 0;
      return () => (asked++ < count ? Promise.reject(new Error("cannot be read")) : Promise.resolve(true));
    };
    const few = given({ due: 50, isRunning: failing(20) });
    expect(await few.repair()).toMatchObject({ looked: 50 });
    expect(few.did.filter((what) => what.startsWith("postpone"))).toHaveLength(30);
    const many = given({ due: 50, isRunning: failing(50) });
    await expect(many.repair()).rejects.toThrow("cannot be read");
    expect(many.did.filter((what) => what.startsWith("ask"))).toHaveLength(21);
  });
});
