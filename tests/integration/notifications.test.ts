import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runningProcesses } from "../support/processes.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";

let system: System;

beforeAll(async () => {
  system = await startSystem({ apis: 2 });
  await seed(system);
});

afterAll(async () => {
  await system.stop();
  expect(runningProcesses()).toBe(0);
});

describe("a notification", () => {
  it("reaches the mailbox and the phone, and says so", async () => {
    const answer = await system.call<Notification>("POST", "/v1/notifications", order("order-1"));
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ eventId: "order-1", status: "accepted", workflowId: "ntf:shop:order-1" });

    const notification = await system.finished(answer.body.id);
    expect(notification).toMatchObject({ status: "sent", reason: null });
    expect(notification.deliveries).toMatchObject([
      { channel: "fcm", status: "sent", attempts: 1, possibleDuplicate: false },
      { channel: "email", status: "sent", attempts: 1, possibleDuplicate: false },
    ]);
    expect(system.messagesOf(answer.body.id).toSorted((a, b) => (a.channel < b.channel ? -1 : 1))).toMatchObject([
      { channel: "email", to: "mina@example.com", subject: "Shipped: Blue kettle" },
      { channel: "fcm", to: "token-of-mina", title: "Shipped" },
    ]);
  });

  it("is told as a story by its timeline", async () => {
    const { id } = await ok(
      system.call<Notification>("POST", "/v1/notifications", order("story", { category: "letters" })),
    );
    await system.finished(id);
    const { items } = await ok(system.call<{ items: { type: string }[] }>("GET", `/v1/notifications/${id}/timeline`));
    expect(items.map(({ type }) => type)).toEqual([
      "accepted",
      "planned",
      "attempt_opened",
      "attempt_closed",
      "delivery_closed",
      "finished",
    ]);
  });

  it("costs at most 14 history events on one channel", async () => {
    const { id, workflowId } = await ok(
      system.call<Notification>("POST", "/v1/notifications", order("thrifty", { category: "letters" })),
    );
    await system.finished(id);
    await system.client.workflow.getHandle(workflowId).result();
    const { events } = await system.client.workflow.getHandle(workflowId).fetchHistory();
    expect(events?.length).toBeLessThanOrEqual(14);
  });

  it("waits for its time, and can be cancelled until then", async () => {
    const sendAt = new Date(Date.now() + 3_600_000).toISOString();
    const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", order("later", { sendAt })));
    expect(await system.cancel(id)).toMatchObject({ result: "cancelled", status: "cancelled" });
    expect(await system.client.workflow.getHandle("ntf:shop:later").result()).toBe("cancelled");
    expect(system.messagesOf(id)).toEqual([]);
  });

  it("is sent when its time has come", async () => {
    const sendAt = new Date(Date.now() + 3_000).toISOString();
    const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", order("soon", { sendAt })));
    const { status } = await system.finished(id);
    expect(status).toBe("sent");
    for (const { at } of system.messagesOf(id))
      expect(new Date(at).getTime()).toBeGreaterThanOrEqual(Date.parse(sendAt));
  });

  it("says why nobody got anything", async () => {
    await ok(system.call("PUT", "/v1/users/nobody", { attributes: { first_name: "No" } }));
    const { id } = await ok(
      system.call<Notification>("POST", "/v1/notifications", order("lonely", { to: { userId: "nobody" } })),
    );
    const notification = await system.finished(id);
    expect(notification).toMatchObject({ status: "suppressed", reason: "no_contact" });
    expect(notification.deliveries).toMatchObject([
      { channel: "push", status: "suppressed", reason: "no_contact", attempts: 0 },
      { channel: "email", status: "suppressed", reason: "no_contact", attempts: 0 },
    ]);
  });
});
