import { defaultPayloadConverter } from "@temporalio/common";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPayloadCodec } from "../../src/temporal/payload-codec.ts";
import { rescheduleSignal } from "../../src/workflows/contract.ts";
import { TEST_PAYLOAD_KEY } from "../support/payload-key.ts";
import { startApi } from "../support/processes.ts";
import { type Answer, type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

let system: System;

beforeAll(async () => {
  system = await startSystem({ apis: 2 });
  await seed(system);
});

afterAll(() => system.stop());

const post = (body: unknown, api = 0) => system.call<Notification>("POST", "/v1/notifications", body, system.apis[api]);

async function workflowsOf(eventId: string): Promise<number> {
  const { count } = await system.client.workflow.count(`WorkflowId = "ntf:shop:${eventId}"`);
  return count;
}

async function forget(workflowId: string): Promise<void> {
  await system.client.workflow.getHandle(workflowId).result();
  const { namespace } = system.client.options;
  await system.client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } });
  const described = () => system.client.workflow.getHandle(workflowId).describe();
  await waitFor(
    "Temporal to have forgotten the workflow",
    () =>
      described().then(
        () => false,
        () => true,
      ),
    { timeoutMs: 100_000 },
  );
}

describe("the same request, many times at once over two API processes", () => {
  let answers: Answer<Notification>[];
  let id: string;

  beforeAll(async () => {
    answers = await Promise.all(Array.from({ length: 100 }, (_, index) => post(order("same"), index % 2)));
    id = answers[0]?.body.id ?? "";
    await system.finished(id);
  });

  it("gets the same id a hundred times", () => {
    expect(new Set(answers.map(({ body }) => body.id))).toEqual(new Set([id]));
  });

  it("is accepted once and repeated ninety-nine times", () => {
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    const repeats = answers.filter(({ status }) => status === 200);
    expect(repeats).toHaveLength(99);
    expect(repeats.every(({ headers }) => headers.get("Idempotent-Replayed") === "true")).toBe(true);
  });

  it("makes one workflow and one send per contact", async () => {
    expect(
      system
        .messagesOf(id)
        .map(({ channel }) => channel)
        .toSorted(),
    ).toEqual(["email", "fcm"]);
    await waitFor("visibility to show it", async () => (await workflowsOf("same")) === 1);
  });

  it("is refused with another body", async () => {
    const answer = await post(order("same", { data: { item_name: "Red kettle" } }), 1);
    expect(answer).toMatchObject({ status: 409, body: { code: "event_id_conflict" } });
  });

  it("takes another order of keys, and nothing else, for the same body", async () => {
    const reordered = Object.fromEntries(Object.entries(order("same")).toReversed());
    expect((await post(reordered)).status).toBe(200);
    expect((await post({ ...order("same"), priority: "normal" })).status).toBe(409);
  });
});

describe("a request that is accepted while no worker runs", () => {
  let held: Record<string, unknown>[];
  let fresh: Record<string, unknown>[];

  beforeAll(async () => {
    await Promise.all(system.workers.map((worker) => worker.stop()));
    await ok(system.call("PUT", "/v1/users/leaving", {}));
    const letter = (text: string) => ({ locales: { default: { email: { subject: "Hello", text } } } });
    await ok(system.call("PUT", "/v1/templates/growing", letter("Hello")));
    // So that all of it is accepted before, also on a busy machine.
    const soon = new Date(Date.now() + 5_000).toISOString();
    const requests = (prefix: string) => [
      order(`${prefix}-late`, { sendAt: soon }),
      order(`${prefix}-expired`, { expiresAt: soon }),
      order(`${prefix}-erased`, { to: { userId: "leaving" }, category: "letters", template: "growing" }),
      order(`${prefix}-grown`, { category: "letters", template: "growing" }),
    ];
    [held, fresh] = [requests("held"), requests("fresh")];
    for (const body of held) expect((await post(body)).status).toBe(202);
    await ok(system.call("DELETE", "/v1/users/leaving"));
    await ok(system.call("PUT", "/v1/templates/growing", letter("Hello {{ more }}")));
    await waitFor("the times to have passed", () => Promise.resolve(Date.now() > Date.parse(soon)));
  });

  afterAll(() => system.startWorker());

  it("is repeated although a new one would be refused by now", async () => {
    for (const body of held) {
      const answer = await post(body, 1);
      expect([body["eventId"], answer.status, answer.body.status]).toEqual([body["eventId"], 200, "accepted"]);
      expect(answer.headers.get("Idempotent-Replayed")).toBe("true");
    }
  });

  it("is a conflict with another body", async () => {
    for (const body of held) {
      expect(await post({ ...body, priority: "low" })).toMatchObject({
        status: 409,
        body: { code: "event_id_conflict" },
      });
    }
  });

  it("leaves to a new request its refusal", async () => {
    const answers = await Promise.all(fresh.map((body) => post(body)));
    expect(answers.map(({ status, body }) => [status, (body as { code?: string }).code])).toEqual([
      [422, "send_at_in_past"],
      [400, "invalid_request"],
      [404, "user_not_found"],
      [422, "missing_variable"],
    ]);
  });

  it("is not said to be refused while Temporal is away; what is malformed is", async () => {
    const alone = await startApi({ ...system.env, TEMPORAL_ADDRESS: "127.0.0.1:1" });
    try {
      const answers = [...held, { ...held[0], surprise: 1 }].map((body) =>
        system.call("POST", "/v1/notifications", body, alone),
      );
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([503, 503, 503, 503, 400]);
    } finally {
      await alone.stop();
    }
  });
});

// Temporal deletes in the background, which takes it seconds.
describe("after Temporal has forgotten the workflow", { timeout: 120_000 }, () => {
  let id: string;
  let restartedId: string;
  /** What the second one was started with. */
  let input: unknown;

  beforeAll(async () => {
    [{ id }, { id: restartedId }] = await Promise.all([ok(post(order("forgotten"))), ok(post(order("restarted")))]);
    await Promise.all([system.finished(id), system.finished(restartedId)]);
    const { events } = await system.client.workflow.getHandle("ntf:shop:restarted").fetchHistory();
    const sealed = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const [opened] = await createPayloadCodec([TEST_PAYLOAD_KEY]).decode(sealed);
    input = defaultPayloadConverter.fromPayload(opened ?? {});
    await Promise.all([forget("ntf:shop:forgotten"), forget("ntf:shop:restarted")]);
  }, 120_000);

  it("a repeat is still a repeat, another body still a conflict, and nothing is sent", async () => {
    const repeats = await Promise.all(Array.from({ length: 20 }, (_, index) => post(order("forgotten"), index % 2)));
    for (const repeat of repeats) expect(repeat).toMatchObject({ status: 200, body: { id, status: "sent" } });
    expect((await post(order("forgotten", { data: { item_name: "x" } }))).status).toBe(409);
    await waitFor("none to be listed", async () => (await workflowsOf("forgotten")) === 0);
    expect(system.messagesOf(id)).toHaveLength(2);
    expect(await ok(system.call("GET", `/v1/notifications/${id}`))).toMatchObject({ status: "sent" });
  });

  it("a workflow that is started all the same ends as a duplicate, which the winner's timeline tells", async () => {
    // With a signal that has nothing to move.
    const again = await system.client.workflow.signalWithStart("notification", {
      workflowId: "ntf:shop:restarted",
      taskQueue: "notifications",
      args: [input],
      signal: rescheduleSignal,
      signalArgs: [{ sendAt: new Date().toISOString() }],
    });
    expect(await again.result()).toBe("duplicate");
    expect(system.messagesOf(restartedId)).toHaveLength(2);
    const timeline = await ok(
      system.call<{ items: { type: string }[] }>("GET", `/v1/notifications/${restartedId}/timeline`),
    );
    expect(timeline.items.at(-1)?.type).toBe("duplicate");
  });
});
