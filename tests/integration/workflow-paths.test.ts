import { mkdir, writeFile } from "node:fs/promises";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { WorkflowHandle } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  cancelSignal,
  cancelUpdate,
  notificationWorkflowId,
  OUTBOUND_WORKFLOW,
  rescheduleSignal,
  rescheduleUpdate,
  stateQuery,
  takeoverWorkflowId,
} from "../../src/workflows/contract.ts";
import { firstAttemptEnded } from "../support/first-attempt.ts";
import { loseRecord } from "../support/lost-record.ts";
import { replay } from "../support/replay.ts";
import { CLIENT_ID, type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { addRule, clearRules } from "../support/sandbox-rules.ts";
import { waitFor } from "../support/wait-for.ts";

// `RECORD_HISTORIES=<name>` also writes each path's history to tests/replay/histories/<name>/, for the replay tests of
// later versions. Record under a new name when the workflow changes; never overwrite what an older version wrote.
const RECORD_AS = process.env.RECORD_HISTORIES;

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
  await ok(system.call("PUT", "/v1/users/silent", { attributes: { first_name: "Silent" } }));
  await ok(system.call("POST", "/v1/users/silent/contacts", { channel: "email", address: "silent@example.com" }));
  await ok(system.call("PUT", "/v1/users/silent/preferences", { all: false }));
});

afterAll(() => system.stop());

const post = (eventId: string, more: Record<string, unknown> = {}) =>
  ok(system.call<Notification>("POST", "/v1/notifications", order(eventId, more)));

/** The workflow's end, with the proof that its history replays (and is kept, where recording). */
async function outcomeOf(eventId: string, handle = workflow(eventId)): Promise<unknown> {
  const result: unknown = await handle.result();
  await replayed(eventId, await handle.fetchHistory());
  return result;
}

async function replayed(name: string, history: History): Promise<void> {
  await replay(history);
  if (RECORD_AS !== undefined) {
    const directory = new URL(`../replay/histories/${RECORD_AS}/`, import.meta.url);
    await mkdir(directory, { recursive: true });
    await writeFile(new URL(`${name}.json`, directory), anonymous(historyToJSON(history)));
  }
}

/** Without what names the machine it was recorded on; replay needs neither. */
function anonymous(history: string): string {
  const machine = new Set(["stackTrace", "identity"]);
  const host = /^\d+@/;
  return JSON.stringify(JSON.parse(history), (name, value: unknown) => {
    if (machine.has(name)) return undefined;
    return typeof value === "string" && host.test(value) ? "sticky" : value;
  });
}

type History = Awaited<ReturnType<WorkflowHandle["fetchHistory"]>>;

function workflow(eventId: string): WorkflowHandle {
  return system.client.workflow.getHandle(notificationWorkflowId({ clientId: CLIENT_ID, eventId }));
}

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

describe("every path of the workflow ends, and replays", { timeout: 120_000 }, () => {
  it("one channel", async () => {
    await post("one-channel", { category: "letters" });
    expect(await outcomeOf("one-channel")).toBe("sent");
  });

  it("two channels", async () => {
    await post("two-channels");
    expect(await outcomeOf("two-channels")).toBe("sent");
  });

  it("nobody to send to", async () => {
    await post("opted-out", { to: { userId: "silent" }, category: "letters" });
    expect(await outcomeOf("opted-out")).toBe("suppressed");
  });

  it("a refusal that would be repeated", async () => {
    await addRule(system.sandbox, { channel: "email" }, { status: 400 }, 1);
    await post("refused", { category: "letters" });
    expect(await outcomeOf("refused")).toBe("failed");
  });

  it("one channel refused, the other taken", async () => {
    await addRule(system.sandbox, { channel: "email" }, { status: 400 }, 1);
    await post("half-refused");
    expect(await outcomeOf("half-refused")).toBe("partially_sent");
  });

  it("a passing trouble, and another try", async () => {
    await addRule(system.sandbox, { channel: "email" }, { status: 451 }, 1);
    await post("retried", { category: "letters" });
    expect(await outcomeOf("retried")).toBe("sent");
  });

  it("accepted, and then no answer: at least once", async () => {
    await addRule(system.sandbox, { channel: "email" }, { drop: "after_accept" }, 1);
    const { id } = await post("doubtful", { category: "letters" });
    expect(await outcomeOf("doubtful")).toBe("sent");
    const { deliveries } = await system.finished(id);
    expect(deliveries).toMatchObject([{ status: "sent", attempts: 2, possibleDuplicate: true }]);
  });

  it("accepted, and then no answer: at most once", async () => {
    await addRule(system.sandbox, { channel: "email" }, { drop: "after_accept" }, 1);
    const { id } = await post("doubtful-once", { category: "once", channels: ["email"] });
    expect(await outcomeOf("doubtful-once")).toBe("unknown");
    expect(system.messagesOf(id)).toHaveLength(1);
  });

  it("cancelled while it waits, by the API", async () => {
    const { id } = await post("cancelled-by-api", { sendAt: inAnHour() });
    await system.cancel(id);
    expect(await outcomeOf("cancelled-by-api")).toBe("cancelled");
  });

  it.each([
    ["a signal", "cancelled-by-signal", () => workflow("cancelled-by-signal").signal(cancelSignal)],
    ["an update", "cancelled-by-update", () => workflow("cancelled-by-update").executeUpdate(cancelUpdate)],
    ["Temporal's own Cancel", "cancelled-by-temporal", () => workflow("cancelled-by-temporal").cancel()],
  ])("cancelled while it waits, by %s", async (_, eventId, cancel) => {
    await post(eventId, { sendAt: inAnHour() });
    await cancel();
    expect(await outcomeOf(eventId)).toBe("cancelled");
  });

  it.each([
    [
      "signals",
      "moved-by-signal",
      (sendAt: string) => workflow("moved-by-signal").signal(rescheduleSignal, { sendAt }),
    ],
    [
      "updates",
      "moved-by-update",
      (sendAt: string) => workflow("moved-by-update").executeUpdate(rescheduleUpdate, { args: [{ sendAt }] }),
    ],
  ])("moved while it waits, by %s, of which the first comes to nothing", async (_, eventId, move) => {
    const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    await post(eventId, { category: "letters", sendAt: inHours(1), expiresAt: inHours(2) });
    await move(inHours(3));
    await move(inHours(0));
    expect(await outcomeOf(eventId)).toBe("sent");
  });

  it("cancelled while a retry waits: what was begun stays a failure", async () => {
    await addRule(system.sandbox, { channel: "email" }, { status: 451 });
    const { id } = await post("cancelled-late", { category: "letters" });
    await firstAttemptEnded(system.pool, "cancelled-late");
    expect(await system.cancel(id)).toMatchObject({ result: "too_late" });
    await clearRules(system.sandbox);
    expect(await outcomeOf("cancelled-late")).toBe("failed");
  });

  it("sent when its time has come", async () => {
    await post("scheduled", { category: "letters", sendAt: new Date(Date.now() + 3_000).toISOString() });
    expect(await outcomeOf("scheduled")).toBe("sent");
  });

  it.each([
    ["cancelled", () => workflow("lost-cancelled").executeUpdate(cancelUpdate)],
    [
      "sent",
      () => workflow("lost-sent").executeUpdate(rescheduleUpdate, { args: [{ sendAt: new Date().toISOString() }] }),
    ],
  ])("a record that the database has lost while it waited: %s", async (outcome, act) => {
    const eventId = `lost-${outcome}`;
    await post(eventId, { category: "letters", sendAt: inAnHour() });
    await waitFor("it to be scheduled", async () => (await workflow(eventId).query(stateQuery)).waitingUntil !== null);
    await loseRecord(system.pool, eventId);
    await act();
    expect(await outcomeOf(eventId)).toBe(outcome);
  });

  it("a record that the database has lost while a retry waited", async () => {
    await addRule(system.sandbox, { channel: "email" }, { status: 451 }, 1);
    await post("lost-retry", { category: "letters" });
    await firstAttemptEnded(system.pool, "lost-retry");
    await loseRecord(system.pool, "lost-retry");
    expect(await outcomeOf("lost-retry")).toBe("sent");
  });

  it("a dead letter that is replayed, and the replay", async () => {
    await addRule(system.sandbox, { channel: "email" }, { status: 552 }, 1);
    const { id } = await post("dead", { category: "letters" });
    await system.finished(id);
    const { id: replayId } = await ok(
      system.call<{ id: string }>("POST", "/v1/dead-letters/replay", { ids: [id], ratePerSecond: 0.5 }),
    );
    const handle = (workflowId: string) => system.client.workflow.getHandle(workflowId);
    expect(await outcomeOf("replay", handle(`rpl:${replayId}`))).toBeUndefined();
    const again = takeoverWorkflowId({ clientId: CLIENT_ID, eventId: "dead" }, 1);
    expect(await outcomeOf("dead-again", handle(again))).toBe("sent");
  });

  it("expired before anybody could begin, and cancelled before it was admitted", async () => {
    await Promise.all(system.workers.splice(0).map((worker) => worker.stop()));
    await post("expired", { category: "letters", expiresAt: new Date(Date.now() + 3_000).toISOString() });
    const { id } = await post("cancelled-unadmitted", { category: "letters" });
    expect(await ok(system.call("GET", `/v1/notifications/${id}`))).toMatchObject({ status: "accepted" });
    const unanswered = await system.call("POST", `/v1/notifications/${id}/cancel`);
    expect(unanswered.status).toBe(503);
    expect(unanswered.headers.get("Retry-After")).not.toBeNull();
    await system.startWorker();
    expect(await outcomeOf("expired")).toBe("expired");
    expect(await outcomeOf("cancelled-unadmitted")).toBe("cancelled");
    expect(await system.cancel(id)).toMatchObject({ result: "cancelled" });
  });

  it("cancelled before it was admitted, by a signal and by Temporal's own Cancel", async () => {
    await Promise.all(system.workers.splice(0).map((worker) => worker.stop()));
    const { id } = await post("cancelled-twice", { category: "letters" });
    await workflow("cancelled-twice").signal(cancelSignal);
    await workflow("cancelled-twice").cancel();
    await system.startWorker();
    expect(await outcomeOf("cancelled-twice")).toBe("cancelled");
    expect(system.messagesOf(id)).toEqual([]);
  });

  it("outbound events, round after round", async () => {
    // It goes on for an hour. The worker that stopped before has ended a round, and another one has begun the next.
    const history = await waitFor("a round to have ended", async () => {
      for await (const { workflowId } of system.client.workflow.list({
        query: `WorkflowType = "${OUTBOUND_WORKFLOW}"`,
      })) {
        const found = await system.client.workflow.getHandle(workflowId).fetchHistory();
        if (found.events?.some(({ activityTaskCompletedEventAttributes: ended }) => ended)) return found;
      }
      return null;
    });
    await replayed("outbound", history);
  });
});
