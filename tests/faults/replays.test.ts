import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addRule, clearRules } from "../support/sandbox-rules.ts";
import { type OwnServers, startOwnServers } from "../support/own-servers.ts";
import { FINAL, type Notification, ok, order, seed, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

// Many dead letters are sent again, undisturbed and with processes killed. `REPLAYED=1000` makes it a thousand of each,
// at 50 per second.

const COUNT = Number(process.env.REPLAYED ?? 60);
const RATE = Math.min(50, COUNT / 6);
/** The silence of a page and of the sends that were lost with it, and the next round or two of repair. */
const RECOVERY_MS = 240_000;

type Replay = {
  id: string;
  status: string;
  counts: { replayed: number; refused: number; pending: number | null };
  refusedBy: Record<string, number>;
};

let servers: OwnServers;
let system: System;

beforeAll(async () => {
  servers = await startOwnServers("replays");
  ({ system } = servers);
  await seed(system);
}, 120_000);

afterAll(() => servers.stop(), 120_000);

/** Mails of a category of its own, each refused for good in a way that says nothing of the address. */
async function deadLetters(category: string): Promise<string[]> {
  await ok(system.call("PUT", `/v1/categories/${category}`, { channels: ["email"] }));
  await addRule(system.sandbox, { channel: "email" }, { status: 552 });
  const ids: string[] = [];
  for (let count = 0; count < COUNT; count += 10) {
    const some = Array.from({ length: Math.min(10, COUNT - count) }, async (_, index) => {
      const { id } = await ok(
        system.call<Notification>("POST", "/v1/notifications", order(`${category}-${count + index}`, { category })),
      );
      return (await system.finished(id, RECOVERY_MS)).id;
    });
    ids.push(...(await Promise.all(some)));
  }
  await clearRules(system.sandbox);
  return ids;
}

const startReplay = (category: string) =>
  ok(system.call<Replay>("POST", "/v1/dead-letters/replay", { filter: { category }, ratePerSecond: RATE }));

const viewOf = (id: string) => ok(system.call<Replay>("GET", `/v1/dead-letters/replays/${id}`));

function over(id: string): Promise<Replay> {
  return waitFor(
    "the replay to be over",
    async () => {
      const replay = await viewOf(id);
      return replay.status === "running" ? null : replay;
    },
    { timeoutMs: RECOVERY_MS + (2 * COUNT * 1_000) / RATE, everyMs: 200 },
  );
}

/** Each was sent, and as often as the record says that it may have been; returns how many more there were than one. */
async function expectSent(ids: readonly string[]): Promise<number> {
  for (const id of ids) {
    const notification = await waitFor(
      `notification ${id} to be final again`,
      async () => {
        const found = await ok(system.call<Notification>("GET", `/v1/notifications/${id}`));
        return found.workflowId.startsWith("ntr:") && FINAL.has(found.status) ? found : null;
      },
      { timeoutMs: RECOVERY_MS },
    );
    const copies = system.messagesOf(id).length;
    expect([id, notification.status, copies >= 1]).toEqual([id, "sent", true]);
    expect([id, copies === 1 || notification.deliveries[0]?.possibleDuplicate]).toEqual([id, true]);
  }
  return copiesOf(ids) - ids.length;
}

const copiesOf = (ids: readonly string[]) => ids.reduce((sum, id) => sum + system.messagesOf(id).length, 0);

/** Seconds from when it was asked for until its last item was taken. */
async function lastedOf({ id }: Replay): Promise<number> {
  const { rows } = await system.pool.query<{ seconds: number }>(
    `SELECT extract(epoch FROM max(i.done_at) - r.created_at)::float8 AS seconds
     FROM replays r JOIN replay_items i ON i.replay_id = r.id WHERE r.id = $1 GROUP BY r.id`,
    [id],
  );
  return rows[0]?.seconds ?? 0;
}

describe(`${COUNT} dead letters`, { timeout: 3 * RECOVERY_MS + COUNT * 300 }, () => {
  it("are replayed by filter at their rate, each sent once; a second and a concurrent replay send none", async () => {
    const category = "undisturbed";
    const ids = await deadLetters(category);
    const first = await startReplay(category);
    await waitFor("the replay to be under way", async () => (await viewOf(first.id)).counts.replayed > 0);
    const both = [first, await startReplay(category)];
    const counts = (await Promise.all(both.map(({ id }) => over(id)))).map((replay) => replay.counts);
    expect(counts.map(({ pending }) => pending)).toEqual([0, 0]);
    expect(counts.reduce((sum, { replayed }) => sum + replayed, 0)).toBe(COUNT);
    expect(await expectSent(ids)).toBe(0);
    expect((await over((await startReplay(category)).id)).counts).toEqual({ replayed: 0, refused: 0, pending: 0 });
    expect(copiesOf(ids)).toBe(COUNT);
    for (const [index, replay] of both.entries()) {
      const { replayed = 0, refused = 0 } = counts[index] ?? {};
      const seconds = await lastedOf(replay);
      expect(seconds).toBeGreaterThanOrEqual((replayed + refused - 1) / RATE);
      console.log(`at ${RATE} per second: ${replayed} replayed and ${refused} refused in ${seconds.toFixed(1)} s`);
    }
  });

  it("are all sent though the API and the worker are killed meanwhile", async () => {
    const category = "disturbed";
    const ids = await deadLetters(category);
    // Killed as soon as the replay is written: its workflow may not be started, and the caller has no answer.
    const unanswered = startReplay(category).catch(() => null);
    const written = await waitFor(
      "the replay to be written",
      async () => {
        const { rows } = await system.pool.query<{ id: string }>(
          "SELECT id FROM replays WHERE selection -> 'filter' ->> 'category' = $1",
          [category],
        );
        return rows[0];
      },
      { everyMs: 1 },
    );
    await system.apis[0]?.kill();
    const answered = (await unanswered) !== null;
    await system.startApi();
    // The caller asks again.
    const { id } = await startReplay(category);
    const replays = [id, written.id];
    const done = async () => {
      const views = await Promise.all(replays.map(viewOf));
      return views.reduce((sum, { counts }) => sum + counts.replayed, 0);
    };
    await waitFor("a third to be taken", async () => (await done()) >= COUNT / 3, { timeoutMs: RECOVERY_MS });
    await Promise.all(system.workers.splice(0).map((worker) => worker.kill()));
    const [killedAt, before] = [performance.now(), await done()];
    await system.startWorker();
    const views = await Promise.all(replays.map(over));
    const replaysTook = (performance.now() - killedAt) / 1_000;
    expect(views.map(({ status, counts }) => [status, counts.pending])).toEqual([
      ["finished", 0],
      ["finished", 0],
    ]);
    expect(views.reduce((sum, { counts }) => sum + counts.replayed, 0)).toBe(COUNT);
    const more = await expectSent(ids);
    const allTook = (performance.now() - killedAt) / 1_000;
    console.log(
      [
        `API killed ${answered ? "after" : "before"} its answer, worker killed after ${before} of ${COUNT}`,
        `the replays were over ${replaysTook.toFixed(0)} s later, all was sent ${allTook.toFixed(0)} s later`,
        `${more} sent twice, and marked`,
      ].join("; "),
    );
  });
});
