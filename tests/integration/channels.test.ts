import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
  const contacts = [
    { channel: "apns", address: "ab".repeat(32), app: "com.example.shop" },
    { channel: "sms", address: "+14155550123" },
  ];
  for (const contact of contacts) await ok(system.call("POST", "/v1/users/mina/contacts", contact));
  await ok(system.call("PUT", "/v1/categories/everything", { channels: ["push", "sms", "email"] }));
});

afterAll(() => system.stop());

describe("one request to a user with every kind of contact", () => {
  it("reaches all four channels, and shows four deliveries sent", async () => {
    const request = order("everywhere", { category: "everything" });
    const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", request));
    const notification = await system.finished(id);
    expect(notification.status).toBe("sent");
    expect(notification.deliveries.map(({ channel, status }) => [channel, status])).toEqual([
      ["apns", "sent"],
      ["fcm", "sent"],
      ["sms", "sent"],
      ["email", "sent"],
    ]);
    const taken = system.messagesOf(id).map(({ channel, to }) => [channel, to]);
    expect(taken.toSorted()).toEqual([
      ["apns", "ab".repeat(32)],
      ["email", "mina@example.com"],
      ["fcm", "token-of-mina"],
      ["sms", "+14155550123"],
    ]);
  });

  it("reaches no other channel with a key for one", async () => {
    const made = await ok(
      system.call<{ appKey: string; appSecret: string }>("POST", "/v1/keys", {
        client: "shop",
        name: "texts only",
        scopes: ["send:sms"],
      }),
    );
    const post = (body: unknown) =>
      fetch(`${system.apis[0]?.url}/v1/notifications`, {
        method: "POST",
        headers: { authorization: `Bearer ${made.appKey}.${made.appSecret}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    expect((await post(order("too-much", { category: "everything" }))).status).toBe(403);
    const answer = await post(order("text-only", { category: "everything", channels: ["sms"] }));
    expect(answer.status).toBe(202);
    const { id } = (await answer.json()) as { id: string };
    const { deliveries } = await system.finished(id);
    expect(deliveries.map(({ channel }) => channel)).toEqual(["sms"]);
  });
});
