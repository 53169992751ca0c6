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
