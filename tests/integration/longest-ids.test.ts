import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPAIR_SCHEDULE, searchAttributes } from "../../src/workflows/contract.ts";
import { type Notification, ok, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

// Temporal's limits on ids are in bytes, those of its databases in characters: the longest of both must pass.
const CLIENT = "a".repeat(32);
const CATEGORY = `orders-${"x".repeat(121)}`;
const LONGEST = [
  ["bytes that are characters", "e".repeat(199), "u".repeat(200)],
  ["characters of four bytes", "🫖".repeat(49), "🫖".repeat(50)],
] as const;

let system: System;
let headers: Record<string, string>;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
  const key = await ok(
    system.call<{ appKey: string; appSecret: string }>("POST", "/v1/keys", {
      client: CLIENT,
      name: "longest",
      scopes: ["admin"],
    }),
  );
  headers = { authorization: `Bearer ${key.appKey}.${key.appSecret}` };
  await ok(system.call("PUT", `/v1/categories/${CATEGORY}`, { channels: ["email"] }));
});

afterAll(() => system.stop());

const call = <T>(method: string, path: string, body?: unknown) =>
  ok(system.call<T>(method, path, body, system.apis[0], headers));

describe.each(LONGEST)("a notification with the longest ids, of %s", (_name, eventId, userId) => {
  const post = (suffix: string, more: Record<string, unknown> = {}) =>
    call<Notification>("POST", "/v1/notifications", {
      eventId: eventId + suffix,
      to: { userId },
      category: CATEGORY,
      template: "order_shipped",
      data: { item_name: "Blue kettle" },
      ...more,
    });

  beforeAll(async () => {
    const user = `/v1/users/${encodeURIComponent(userId)}`;
    await call("PUT", user, { attributes: { first_name: "Mina" } });
    await call("POST", `${user}/contacts`, { channel: "email", address: `${Buffer.byteLength(eventId)}@example.com` });
  });

  const final = (id: string) =>
    waitFor("it to be final", async () => {
      const notification = await call<Notification>("GET", `/v1/notifications/${id}`);
      return notification.status === "sent" ? notification : null;
    });

  it("is sent, and Temporal lists it under its client and its user", async () => {
    const { id, workflowId } = await post("1");
    expect(workflowId).toBe(`ntf:${CLIENT}:${eventId}1`);
    await final(id);
    const { client, userId: user, category, status } = searchAttributes;
    const query = [
      [client, CLIENT],
      [user, userId],
      [category, CATEGORY],
      [status, "sent"],
    ] as const;
    await waitFor("Temporal to list it", async () => {
      const { count } = await system.client.workflow.count(
        query.map(([{ name }, value]) => `${name} = "${value}"`).join(" AND "),
      );
      return count === 1;
    });
  });

  it("is repaired when its workflow was terminated", { timeout: 120_000 }, async () => {
    const { id, workflowId } = await post("2", { sendAt: new Date(Date.now() + 3_600_000).toISOString() });
    await waitFor("it to be scheduled", async () => {
      const { status } = await call<Notification>("GET", `/v1/notifications/${id}`);
      return status === "scheduled";
    });
    await system.client.workflow.getHandle(workflowId).terminate("by hand");
    const next = system.client.workflow.getHandle(`ntr:1:${CLIENT}:${eventId}2`);
    await waitFor(
      "another workflow to wait",
      async () => {
        await system.client.schedule.getHandle(REPAIR_SCHEDULE).trigger();
        return next.describe().then(
          ({ status }) => status.name === "RUNNING",
          () => false,
        );
      },
      { timeoutMs: 60_000, everyMs: 1_000 },
    );
    expect(await call("POST", `/v1/notifications/${id}/cancel`)).toMatchObject({ result: "cancelled" });
    expect(await next.result()).toBe("cancelled");
  });
});
