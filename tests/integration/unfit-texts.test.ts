import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
});

afterAll(() => system.stop());

type Refusal = { code: string; errors: Record<string, unknown>[] };

const post = (body: Record<string, unknown>) => system.call<Notification & Refusal>("POST", "/v1/notifications", body);
const template = (id: string, body: string) =>
  ok(system.call("PUT", `/v1/templates/${id}`, { locales: { default: { push: { title: "Hi", body } } } }));

describe("a text that would go out with a hole", () => {
  it("is refused where its variable is assigned first", async () => {
    await template("assigned", "{% assign name = user.last_name %}Hi {{ name }}");
    expect(await post(order("assigned", { template: "assigned" }))).toMatchObject({
      status: 422,
      body: { code: "missing_variable", errors: [{ field: "user.last_name" }] },
    });
  });
});

describe("a push that no provider would take", () => {
  /** Three bytes each. */
  const syllables = (count: number) => "한".repeat(count);
  const push = (eventId: string, count: number) =>
    order(eventId, { category: "pushes", template: "long", data: { text: syllables(count) } });

  beforeAll(async () => {
    await ok(system.call("PUT", "/v1/categories/pushes", { channels: ["push"] }));
    const apns = { channel: "apns", address: "ab".repeat(32), app: "com.example.shop" };
    await ok(system.call("POST", "/v1/users/mina/contacts", apns));
    await template("long", "{{ text }}");
  });

  it("is refused, with its part, where it is sent, explained and previewed", async () => {
    const refusal = { code: "template_invalid", errors: [{ field: "locales.default.push.body" }] };
    expect(await post(push("long", 1_133))).toMatchObject({ status: 422, body: refusal });
    const explained = system.call("POST", "/v1/notifications/explain", push("long", 1_400));
    expect(await explained).toMatchObject({ status: 422, body: refusal });
    const previewed = system.call("POST", "/v1/templates/long/preview", { data: { text: syllables(1_400) } });
    expect(await previewed).toMatchObject({ status: 422, body: refusal });
  });

  it("is a little larger than what Apple and Google take", async () => {
    // "Hi" is the title.
    const { id } = await ok(post(push(`fits-${"x".repeat(195)}`, 1_132)));
    expect((await system.finished(id)).deliveries.map(({ channel, status }) => [channel, status]).toSorted()).toEqual([
      ["apns", "sent"],
      ["fcm", "sent"],
    ]);
  });
});
