import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

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

type Explanation = { channels: { channel: string; reason: string | null; content: unknown }[] };
const explain = (more: Record<string, unknown>) =>
  ok(
    system.call<Explanation>(
      "POST",
      "/v1/notifications/explain",
      order("explained", { category: "everything", channels: ["sms"], ...more }),
    ),
  );

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

  it("says how many messages the SMS was split into", async () => {
    const words = (item_name: string) =>
      order(`words-${item_name.length}`, { category: "everything", data: { item_name } });
    const segmentsOf = async (item_name: string) => {
      const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", words(item_name)));
      const { deliveries } = await system.finished(id);
      return deliveries.map(({ channel, segments }) => [channel, segments]);
    };
    const others = [
      ["apns", null],
      ["fcm", null],
    ];
    expect(await segmentsOf("a".repeat(146))).toEqual([...others, ["sms", 1], ["email", null]]);
    expect(await segmentsOf(`${"a".repeat(56)}ç`)).toEqual([...others, ["sms", 2], ["email", null]]);
    expect(await explain({ data: { item_name: "🙂" } })).toMatchObject({
      channels: [{ channel: "sms", content: { text: "🙂 is on its way", encoding: "UCS-2", segments: 1 } }],
    });
    const preview = { data: { item_name: "a".repeat(147) }, userId: "mina" };
    expect(await ok(system.call("POST", "/v1/templates/order_shipped/preview", preview))).toMatchObject({
      channels: { sms: { encoding: "GSM-7", segments: 2 } },
    });
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

describe("SMS to a country that the settings do not name", () => {
  const text = (eventId: string, more: Record<string, unknown> = {}) =>
    ok(
      system.call<Notification>(
        "POST",
        "/v1/notifications",
        order(eventId, { category: "everything", channels: ["sms"], ...more }),
      ),
    );
  const only = (smsCountries: string[] | null) => ok(system.call("PUT", "/v1/settings", { smsCountries }));
  const refused = { status: "suppressed", reason: "country_not_allowed" };

  it("is not sent, to contacts or to numbers in the request, mandatory or not", async () => {
    await only(["KR"]);
    await ok(system.call("PUT", "/v1/categories/alarms", { channels: ["sms"], mandatory: true }));
    expect(await explain({})).toMatchObject({ outcome: "suppressed", reason: "country_not_allowed" });
    const guest = { to: { phone: "+14155550199" }, data: { item_name: "x" } };
    const satellite = { to: { phone: "+881612345678" }, data: { item_name: "x" } };
    const ids = await Promise.all([
      text("abroad"),
      text("abroad-mandatory", { category: "alarms" }),
      text("abroad-guest", guest),
      text("satellite", satellite),
    ]);
    for (const { id } of ids) expect(await system.finished(id)).toMatchObject(refused);
    const home = await text("home-guest", { to: { phone: "+821012345678" }, data: { item_name: "x" } });
    expect((await system.finished(home.id)).status).toBe("sent");
    await only(null);
  });

  it("is stopped by the gate where that was decided after the plan", async () => {
    await ok(system.call("PUT", "/v1/channels/sms", { paused: true }));
    const { id } = await text("planned");
    await waitFor("its delivery to be planned", async () => {
      const { body } = await system.call<Notification>("GET", `/v1/notifications/${id}`);
      return body.deliveries.length > 0;
    });
    await only(["KR", "DE"]);
    await ok(system.call("PUT", "/v1/channels/sms", {}));
    expect(await system.finished(id)).toMatchObject(refused);
    expect(system.messagesOf(id)).toEqual([]);
    await only(null);
  });
});
