import { randomBytes, randomUUID } from "node:crypto";
import { Client, ScheduleOverlapPolicy } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDataConverter, decodePayloads } from "../../src/temporal/data-converter.ts";
import { NOTIFICATION_WORKFLOW, notificationStartOptions, REPAIR_SCHEDULE } from "../../src/workflows/contract.ts";
import { firstAttemptEnded } from "../support/first-attempt.ts";
import { addRule, clearRules } from "../support/sandbox-rules.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
});

afterAll(() => system.stop());

const post = (eventId: string, more: Record<string, unknown> = {}) =>
  ok(system.call<Notification>("POST", "/v1/notifications", order(eventId, more)));
const handle = (eventId: string) => system.client.workflow.getHandle(`ntf:shop:${eventId}`);

/** A round of repair now, instead of with the next minute; again and again, since Temporal shows what ended with a delay. */
async function repairUntilFinal(id: string): Promise<Notification> {
  return waitFor(
    `notification ${id} to be repaired`,
    async () => {
      await system.client.schedule.getHandle(REPAIR_SCHEDULE).trigger();
      return system.finished(id, 5_000).catch(() => null);
    },
    { timeoutMs: 110_000, everyMs: 1_000 },
  );
}

const anHourLater = () => new Date(Date.now() + 3_600_000).toISOString();

/** Accepted, and waiting for its time. */
async function scheduled(eventId: string, more: Record<string, unknown> = {}): Promise<string> {
  const { id } = await post(eventId, { sendAt: anHourLater(), ...more });
  await waitFor("it to be scheduled", async () => {
    const { body } = await system.call<Notification>("GET", `/v1/notifications/${id}`);
    return body.status === "scheduled";
  });
  return id;
}

/** As an operator does, or a retention that is over. */
async function deleteWorkflow(eventId: string): Promise<void> {
  await system.client.workflowService.deleteWorkflowExecution({
    namespace: system.client.options.namespace,
    workflowExecution: { workflowId: `ntf:shop:${eventId}` },
  });
  await waitFor(
    "Temporal to have forgotten it",
    () =>
      handle(eventId)
        .describe()
        .then(
          () => false,
          () => true,
        ),
    { timeoutMs: 60_000 },
  );
}

/** As if the hour had passed. */
async function overdue(...eventIds: string[]): Promise<void> {
  await system.pool.query(
    "UPDATE notifications SET next_action_at = now(), scheduled_for = now() WHERE event_id = ANY ($1)",
    [eventIds],
  );
}

const taken = (eventId: string) =>
  waitFor(
    `another workflow to have taken ${eventId} over`,
    async () => {
      await system.client.schedule.getHandle(REPAIR_SCHEDULE).trigger();
      const { rows } = await system.pool.query("SELECT 1 FROM notifications WHERE event_id = $1 AND generation = 1", [
        eventId,
      ]);
      return rows.length > 0;
    },
    { timeoutMs: 60_000, everyMs: 1_000 },
  );

/** When the last round began that is over, and when, by what it was told, the one before it did. */
async function lastRound(): Promise<{ startedAt: string; before: unknown } | null> {
  const { recentActions } = (await system.client.schedule.getHandle(REPAIR_SCHEDULE).describe()).info;
  const last = recentActions.at(-1)?.action.workflow.workflowId;
  if (last === undefined) return null;
  const round = system.client.workflow.getHandle(last);
  const { startedAt } = (await round.result()) as { startedAt: string };
  const { events } = await round.fetchHistory();
  const [repair] = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: activity }) =>
    activity?.activityType?.name === "repair" ? [activity] : [],
  );
  const payloads = repair?.input?.payloads ?? [];
  const [before] = await decodePayloads(system.client.options.loadedDataConverter, payloads);
  return { startedAt, before };
}

/** A whole round that begins after this moment. */
async function wholeRound(): Promise<void> {
  const now = Date.now();
  await waitFor(
    "a round of repair",
    async () => {
      await system.client.schedule.getHandle(REPAIR_SCHEDULE).trigger(ScheduleOverlapPolicy.BUFFER_ONE);
      const round = await lastRound();
      return round !== null && Date.parse(round.startedAt) > now;
    },
    { timeoutMs: 60_000, everyMs: 1_000 },
  );
}

describe("a workflow that somebody terminated", { timeout: 120_000 }, () => {
  it("while a retry waited: another one sends, and the story tells it", async () => {
    await addRule(system.sandbox, { channel: "email" }, { status: 451 });
    const { id } = await post("terminated-retry", { category: "letters" });
    await firstAttemptEnded(system.pool, "terminated-retry");
    await handle("terminated-retry").terminate("by hand");
    await clearRules(system.sandbox);

    const notification = await repairUntilFinal(id);
    expect(notification).toMatchObject({ status: "sent", workflowId: "ntr:1:shop:terminated-retry" });
    expect(system.messagesOf(id)).toHaveLength(1);
    const { items } = await ok(system.call<{ items: { type: string }[] }>("GET", `/v1/notifications/${id}/timeline`));
    expect(items.map(({ type }) => type)).toContain("taken_over");
  });

  it("while it waited for its time: another one waits on", async () => {
    const id = await scheduled("terminated-wait");
    await handle("terminated-wait").terminate("by hand");
    await waitFor(
      "another workflow to wait",
      async () => {
        await system.client.schedule.getHandle(REPAIR_SCHEDULE).trigger();
        const next = system.client.workflow.getHandle("ntr:1:shop:terminated-wait");
        return next.describe().then(
          ({ status }) => status.name === "RUNNING",
          () => false,
        );
      },
      { timeoutMs: 60_000, everyMs: 1_000 },
    );
    expect(await system.cancel(id)).toMatchObject({ result: "cancelled" });
    expect(await system.client.workflow.getHandle("ntr:1:shop:terminated-wait").result()).toBe("cancelled");
  });

  it("with its call under way, at most once: unknown, and nothing more is sent", async () => {
    await addRule(system.sandbox, { channel: "email" }, { hold: "before_accept" });
    const { id } = await post("terminated-call", { category: "once", channels: ["email"] });
    await waitFor("the attempt to be open", async () => {
      const { rows } = await system.pool.query("SELECT 1 FROM attempts WHERE outcome IS NULL");
      return rows.length > 0;
    });
    await handle("terminated-call").terminate("by hand");
    // Without its worker's answer the attempt stays open, as after a crash.
    await Promise.all(system.workers.splice(0).map((worker) => worker.kill()));
    await clearRules(system.sandbox);
    await system.startWorker();
    const notification = await repairUntilFinal(id);
    expect(notification.status).toBe("unknown");
    expect(system.messagesOf(id).length).toBeLessThanOrEqual(1);
  });

  it("before it was admitted: another one admits it", async () => {
    await Promise.all(system.workers.splice(0).map((worker) => worker.stop()));
    const { id } = await post("terminated-unadmitted", { category: "letters" });
    await handle("terminated-unadmitted").terminate("by hand");
    await system.startWorker();
    expect(await repairUntilFinal(id)).toMatchObject({
      status: "sent",
      workflowId: "ntr:1:shop:terminated-unadmitted",
    });
    expect(system.messagesOf(id)).toHaveLength(1);
    // The event ID is taken all the same.
    expect(
      (await system.call("POST", "/v1/notifications", order("terminated-unadmitted", { category: "letters" }))).status,
    ).toBe(200);
  });
});

describe("a round of repair", { timeout: 120_000 }, () => {
  it("knows when one before it began, and looks at what broke since", async () => {
    // The first one has none before it.
    const { startedAt, before } = await waitFor(
      "a round that was told of another",
      async () => {
        await system.client.schedule.getHandle(REPAIR_SCHEDULE).trigger(ScheduleOverlapPolicy.BUFFER_ONE);
        const round = await lastRound();
        return typeof round?.before === "string" && round;
      },
      { timeoutMs: 60_000, everyMs: 1_000 },
    );
    expect(Date.parse(before as string)).toBeLessThan(Date.parse(startedAt));
  });
});

describe("a workflow that somebody has reset", { timeout: 120_000 }, () => {
  const takeovers = async () => {
    const { items } = await ok(system.call<{ items: { kind: string; count: number }[] }>("GET", "/v1/alerts"));
    return items.filter(({ kind }) => kind === "workflows_lost").map(({ count }) => count);
  };

  it("goes on itself", async () => {
    const id = await scheduled("reset");
    const { workflowService, options, workflow } = system.client;
    // The row is written before Temporal is told that the workflow's first task is over.
    const firstTask = await waitFor("its first task to be over", async () => {
      const { events } = await handle("reset").fetchHistory();
      return events?.find((event) => event.workflowTaskCompletedEventAttributes);
    });
    const before = await takeovers();
    await workflowService.resetWorkflowExecution({
      namespace: options.namespace,
      workflowExecution: { workflowId: "ntf:shop:reset" },
      workflowTaskFinishEventId: firstTask.eventId ?? null,
      requestId: randomUUID(),
    });
    await waitFor("Temporal to show the run that was reset", async () => {
      const query = "WorkflowId = 'ntf:shop:reset' AND ExecutionStatus = 'Terminated'";
      return (await workflow.count(query)).count === 1;
    });
    await wholeRound();
    const { body } = await system.call<Notification>("GET", `/v1/notifications/${id}`);
    expect(body).toMatchObject({ status: "scheduled", workflowId: "ntf:shop:reset" });
    expect(await takeovers()).toEqual(before);
    expect(await system.cancel(id)).toMatchObject({ result: "cancelled" });
  });
});

describe("a workflow that Temporal has forgotten", { timeout: 120_000 }, () => {
  it("is found by its row, once its time has come", async () => {
    await scheduled("forgotten");
    await deleteWorkflow("forgotten");
    await overdue("forgotten");
    await taken("forgotten");
  });
});

describe("a workflow that was encrypted with a key that is gone", { timeout: 120_000 }, () => {
  /** The workflow of this event ID, as a client with another key would have started it. */
  async function startSealed(eventId: string) {
    const { connection, options } = system.client;
    const dataConverter = createDataConverter([{ id: "gone", bytes: randomBytes(32) }]);
    const client = new Client({ connection, namespace: options.namespace, dataConverter });
    const request = {
      to: { userId: "mina" },
      category: "letters",
      template: { id: "order_shipped", version: 1 },
      data: {},
    };
    const input = {
      key: { clientId: "shop", eventId },
      bodyHash: "00",
      acceptedAt: anHourLater(),
      generation: 0,
      request,
    };
    return client.workflow.start(NOTIFICATION_WORKFLOW, notificationStartOptions(`ntf:shop:${eventId}`, input, []));
  }

  it("does not keep repair from the others, whether it runs or was terminated, and is carried on by its row", async () => {
    for (const eventId of ["sealed", "sealed-ended", "beside-sealed"]) {
      await scheduled(eventId);
      await deleteWorkflow(eventId);
    }
    await startSealed("sealed");
    await (await startSealed("sealed-ended")).terminate("by hand");
    await (await startSealed("sealed-unadmitted")).terminate("by hand");
    await overdue("sealed");
    await overdue("beside-sealed");
    await taken("beside-sealed");
    await taken("sealed-ended");
    const { rows } = await system.pool.query("SELECT workflow_id FROM notifications WHERE event_id = 'sealed'");
    expect(rows).toEqual([{ workflow_id: "ntf:shop:sealed" }]);
  });
});
