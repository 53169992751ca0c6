import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPAIR_SCHEDULE } from "../../src/workflows/contract.ts";
import { firstAttemptEnded } from "../support/first-attempt.ts";
import { forgetEnding, forgetReplay, loseRecord } from "../support/lost-record.ts";
import { addRule, clearRules } from "../support/sandbox-rules.ts";
import { FINAL, type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

// A standby that had not got the last commits, or an older back-up: Temporal then knows more than PostgreSQL.

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
});

afterAll(() => system.stop());

const post = (eventId: string, more: Record<string, unknown> = {}) =>
  ok(system.call<Notification>("POST", "/v1/notifications", order(eventId, { category: "letters", ...more })));
const get = async (id: string) => (await system.call<Notification>("GET", `/v1/notifications/${id}`)).body;
const handle = (eventId: string) => system.client.workflow.getHandle(`ntf:shop:${eventId}`);
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();

async function scheduled(eventId: string, seconds: number): Promise<string> {
  const { id } = await post(eventId, { sendAt: inSeconds(seconds) });
  await waitFor("it to be scheduled", async () => (await get(id)).status === "scheduled");
  return id;
}

async function timelineOf(id: string): Promise<{ type: string; detail: Record<string, unknown> }[]> {
  type Timeline = { items: { type: string; detail: Record<string, unknown> }[] };
  return (await ok(system.call<Timeline>("GET", `/v1/notifications/${id}/timeline`))).items;
}

/** Its first attempt has failed, and another one is to follow. */
async function retrying(eventId: string, more: Record<string, unknown>): Promise<string> {
  await addRule(system.sandbox, { channel: "email" }, { status: 451 });
  const { id } = await post(eventId, more);
  await firstAttemptEnded(system.pool, eventId);
  return id;
}

describe("a notification that only Temporal knows any more", { timeout: 120_000 }, () => {
  it("is sent at its time, and its record written again", async () => {
    const id = await scheduled("lost", 15);
    await loseRecord(system.pool, "lost");
    const notification = await system.finished(id);
    expect(notification).toMatchObject({ status: "sent", deliveries: [{ possibleDuplicate: false }] });
    expect(system.messagesOf(id)).toHaveLength(1);
    expect((await timelineOf(id))[0]).toMatchObject({ type: "accepted", detail: { recordLost: true } });
    expect(await handle("lost").result()).toBe("sent");
    const repeated = await system.call("POST", "/v1/notifications", order("lost", { category: "letters" }));
    expect(repeated.status).toBe(409);
  });

  it("is cancelled", async () => {
    const id = await scheduled("lost-cancelled", 3_600);
    await loseRecord(system.pool, "lost-cancelled");
    expect(await system.cancel(id)).toMatchObject({ result: "cancelled", status: "cancelled" });
    expect(await handle("lost-cancelled").result()).toBe("cancelled");
    expect(await get(id)).toMatchObject({ status: "cancelled" });
    expect(system.messagesOf(id)).toHaveLength(0);
  });

  it("is moved to another time", async () => {
    const id = await scheduled("lost-moved", 3_600);
    await loseRecord(system.pool, "lost-moved");
    await waitFor("it to be moved", async () => {
      const answer = await system.call("PATCH", `/v1/notifications/${id}`, { sendAt: inSeconds(5) });
      return answer.status === 503 ? null : ok(Promise.resolve(answer));
    });
    expect(await system.finished(id)).toMatchObject({ status: "sent" });
    expect(await handle("lost-moved").result()).toBe("sent");
    expect(system.messagesOf(id)).toHaveLength(1);
  });

  it("is sent as a possible duplicate where it had been begun", async () => {
    const id = await retrying("lost-begun", {});
    await loseRecord(system.pool, "lost-begun");
    await clearRules(system.sandbox);
    expect(await system.finished(id)).toMatchObject({
      status: "sent",
      deliveries: [{ status: "sent", possibleDuplicate: true }],
    });
    expect(await handle("lost-begun").result()).toBe("sent");
  });

  it("is unknown where it had been begun, at most once", async () => {
    const id = await retrying("lost-once", { category: "once", channels: ["email"] });
    await loseRecord(system.pool, "lost-once");
    await clearRules(system.sandbox);
    expect(await system.finished(id)).toMatchObject({
      status: "unknown",
      reason: "record_lost",
      deliveries: [{ status: "unknown", reason: "record_lost", attempts: 0 }],
    });
    expect(await handle("lost-once").result()).toBe("unknown");
    expect(system.messagesOf(id)).toHaveLength(0);
  });
});

describe("a notification whose end only Temporal knows any more", { timeout: 120_000 }, () => {
  /** Taken over by repair, and final again. */
  const endedAgain = (id: string, generation = 1) =>
    waitFor(
      `notification ${id} to be final again`,
      async () => {
        await system.client.schedule.getHandle(REPAIR_SCHEDULE).trigger();
        const notification = await get(id);
        return notification.workflowId.startsWith(`ntr:${generation}:`) && FINAL.has(notification.status)
          ? notification
          : null;
      },
      { timeoutMs: 60_000, everyMs: 1_000 },
    );

  it.each(["accepted", "scheduled"] as const)(
    "and which is %s for its rows: sent as a possible duplicate",
    async (as) => {
      const { id } = await post(`undone-${as}`);
      await system.finished(id);
      expect(await handle(`undone-${as}`).result()).toBe("sent");
      await forgetEnding(system.pool, `undone-${as}`, as);
      expect(await endedAgain(id)).toMatchObject({ status: "sent", deliveries: [{ possibleDuplicate: true }] });
      expect(system.messagesOf(id)).toHaveLength(2);
      const takeover = (await timelineOf(id)).find(({ type }) => type === "taken_over");
      expect(takeover?.detail).toMatchObject({ recordLost: true });
    },
  );

  it.each(["accepted", "scheduled"] as const)("and which is %s for its rows: unknown, at most once", async (as) => {
    const { id } = await post(`undone-once-${as}`, { category: "once", channels: ["email"] });
    await system.finished(id);
    expect(await handle(`undone-once-${as}`).result()).toBe("sent");
    await forgetEnding(system.pool, `undone-once-${as}`, as);
    expect(await endedAgain(id)).toMatchObject({ status: "unknown", reason: "record_lost" });
    expect(system.messagesOf(id)).toHaveLength(1);
  });

  /** Its mail was refused, then replayed and sent, and the database has lost the latter. */
  async function replayLost(eventId: string, more: Record<string, unknown> = {}): Promise<string> {
    await addRule(system.sandbox, { channel: "email" }, { status: 552 }, 1);
    const { id } = await post(eventId, more);
    expect(await system.finished(id)).toMatchObject({ status: "failed" });
    await ok(system.call("POST", "/v1/dead-letters/replay", { ids: [id] }));
    await waitFor("the replay to be sent", async () => (await get(id)).status === "sent");
    expect(await system.client.workflow.getHandle(`ntr:1:shop:${eventId}`).result()).toBe("sent");
    await forgetReplay(system.pool, eventId);
    return id;
  }

  it("and which is a replay that waits for its rows: sent as a possible duplicate", async () => {
    const id = await replayLost("undone-replay");
    expect(await endedAgain(id, 2)).toMatchObject({
      status: "sent",
      deliveries: [{ status: "sent", possibleDuplicate: true }],
    });
    expect(system.messagesOf(id)).toHaveLength(2);
  });

  it("and which is a replay that waits for its rows: unknown, at most once", async () => {
    const id = await replayLost("undone-once-replay", { category: "once", channels: ["email"] });
    expect(await endedAgain(id, 2)).toMatchObject({
      status: "unknown",
      reason: "record_lost",
      deliveries: [{ status: "unknown", reason: "record_lost" }],
    });
    expect(system.messagesOf(id)).toHaveLength(1);
    const { rows } = await system.pool.query(
      "SELECT sent_count AS sent, failed_count AS failed, unknown_count AS unknown FROM notifications WHERE event_id = $1",
      ["undone-once-replay"],
    );
    expect(rows).toEqual([{ sent: 0, failed: 0, unknown: 1 }]);
    const { id: replayId } = await ok(system.call<{ id: string }>("POST", "/v1/dead-letters/replay", { ids: [id] }));
    const refused = await waitFor("the replay to be over", async () => {
      type Replay = { status: string; refusedBy: Record<string, number> };
      const replay = await ok(system.call<Replay>("GET", `/v1/dead-letters/replays/${replayId}`));
      return replay.status === "running" ? null : replay.refusedBy;
    });
    expect(refused).toEqual({ accept_duplicate_needed: 1 });
  });
});
