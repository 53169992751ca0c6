import { ScheduleOverlapPolicy } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSendQueues } from "../../src/temporal/send-queues.ts";
import { REPAIR_SCHEDULE } from "../../src/workflows/contract.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

const PENDING = 100;

/** Numbers that are kept free for fiction. */
const phoneOf = (index: number) => `+1415555${String(100 + index).padStart(4, "0")}`;

let system: System;

beforeAll(async () => {
  system = await startSystem({ workers: 2 });
  await seed(system);
  await ok(system.call("PUT", "/v1/categories/texts", { channels: ["sms"] }));
  const users = Array.from({ length: PENDING }, (_, index) => index);
  await Promise.all(
    users.map(async (index) => {
      await ok(system.call("PUT", `/v1/users/reader-${index}`, { attributes: { first_name: "Reader" } }));
      const contact = { channel: "sms", address: phoneOf(index) };
      await ok(system.call("POST", `/v1/users/reader-${index}/contacts`, contact));
    }),
  );
});

afterAll(() => system.stop());

const textTo = (index: number) =>
  ok(
    system.call<Notification>(
      "POST",
      "/v1/notifications",
      order(`text-${index}`, { to: { userId: `reader-${index}` }, category: "texts" }),
    ),
  );

type Queue = { channel: string | null; paused: boolean; backlog: number; workers: number };

async function smsQueue(): Promise<Queue> {
  const { items } = await ok(system.call<{ items: Queue[] }>("GET", "/v1/queues"));
  const queue = items.find(({ channel }) => channel === "sms");
  if (queue === undefined) throw new Error("there is no sms queue");
  return queue;
}

describe("a paused channel", { timeout: 120_000 }, () => {
  const ids: string[] = [];

  it("holds what is pending, and says so", async () => {
    expect(await ok(system.call("PUT", "/v1/channels/sms", { paused: true }))).toMatchObject({ paused: true });
    ids.push(...(await Promise.all(Array.from({ length: PENDING }, (_, index) => textTo(index)))).map(({ id }) => id));
    await waitFor("all to be queued or held", async () => {
      const { rows } = await system.pool.query<{ pending: number }>(
        "SELECT count(*)::int AS pending FROM deliveries WHERE status = 'pending'",
      );
      return rows[0]?.pending === PENDING;
    });
    const queue = await waitFor("the backlog to show", async () => {
      const now = await smsQueue();
      return now.backlog > 0 ? now : null;
    });
    expect(queue).toMatchObject({ paused: true, workers: 2 });
    expect(system.sandbox.messages()).toEqual([]);
  });

  it("lets half be cancelled and a quarter opt out meanwhile", async () => {
    const cancelled = await Promise.all(ids.slice(0, 50).map((id) => system.cancel(id)));
    expect(new Set(cancelled.map(({ result }) => result))).toEqual(new Set(["cancelled"]));
    await Promise.all(
      Array.from({ length: 25 }, (_, index) =>
        ok(
          system.call("PUT", `/v1/users/reader-${50 + index}/preferences`, {
            categories: { texts: { sms: false } },
          }),
        ),
      ),
    );
  });

  it("sends exactly the rest when it goes on, and gives the others' reasons", async () => {
    await ok(system.call("PUT", "/v1/channels/sms", { paused: false }));
    const all = await Promise.all(ids.map((id) => system.finished(id, 60_000)));
    const count = (status: string, reason: string | null) =>
      all.filter((notification) => notification.status === status && notification.reason === reason).length;
    expect([count("cancelled", "cancelled"), count("suppressed", "opted_out"), count("sent", null)]).toEqual([
      50, 25, 25,
    ]);
    expect(
      system.sandbox
        .messages()
        .map(({ to }) => to)
        .toSorted(),
    ).toEqual(Array.from({ length: 25 }, (_, index) => phoneOf(75 + index)).toSorted());
  });
});

describe("what Temporal holds back", { timeout: 120_000 }, () => {
  const queues = () => createSendQueues(system.client, () => Date.now());

  it("is what the rows say again after a minute, where a change got lost on its way to Temporal", async () => {
    await queues().control("email", { paused: true, ratePerSecond: null });
    await ok(system.call("PUT", "/v1/channels/fcm", { ratePerSecond: 0.3 }));
    await queues().control("fcm", { paused: false, ratePerSecond: null });
    const { id } = await ok(
      system.call<Notification>("POST", "/v1/notifications", order("stuck", { category: "letters" })),
    );
    await system.client.schedule.getHandle(REPAIR_SCHEDULE).trigger(ScheduleOverlapPolicy.BUFFER_ONE);
    expect((await system.finished(id, 100_000)).status).toBe("sent");
    expect(await queues().rateLimitOf("email")).toBeNull();
    await waitFor("the other one's rate to be back", async () => (await queues().rateLimitOf("fcm")) !== null);
    await ok(system.call("PUT", "/v1/channels/fcm", {}));
    expect(await queues().rateLimitOf("fcm")).toBeNull();
  });
});

describe("a paused provider", { timeout: 60_000 }, () => {
  it("takes no attempt, and loses none", async () => {
    await ok(system.call("PUT", "/v1/providers/smtp", { paused: true }));
    const { id } = await ok(
      system.call<Notification>("POST", "/v1/notifications", order("held", { category: "letters" })),
    );
    await waitFor("it to be planned", async () => {
      const { body } = await system.call<Notification>("GET", `/v1/notifications/${id}`);
      return body.deliveries[0]?.status === "pending";
    });
    await ok(system.call("PUT", "/v1/providers/smtp", { paused: false }));
    expect(await system.finished(id, 50_000)).toMatchObject({ status: "sent", deliveries: [{ attempts: 1 }] });
  });
});

describe("the switches", () => {
  it.each([
    ["PUT", "/v1/channels/letters", { paused: true }, 404],
    ["PUT", "/v1/providers/pigeon", { paused: true }, 404],
    ["PUT", "/v1/channels/email", { ratePerSecond: 0 }, 400],
    ["PUT", "/v1/channels/email", { paused: "yes" }, 400],
    ["PUT", "/v1/providers/smtp", { ratePerSecond: -1 }, 400],
  ])("%s %s %j is a %d", async (method, path, body, status) => {
    expect((await system.call(method, path, body)).status).toBe(status);
  });

  it.each(["/v1/channels/email", "/v1/providers/smtp"])("%s keeps a rate until it is taken off", async (path) => {
    await ok(system.call("PUT", path, { ratePerSecond: 20 }));
    expect(await ok(system.call("GET", path))).toMatchObject({ paused: false, ratePerSecond: 20 });
    await ok(system.call("PUT", path, {}));
    expect(await ok(system.call("GET", path))).toMatchObject({ paused: false, ratePerSecond: null });
  });
});
