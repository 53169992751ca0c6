import { describe, expect, it } from "vitest";
import { addRule } from "../../tests/support/sandbox-rules.ts";
import type { Respond } from "./rules.ts";
import { useSandbox } from "./sandbox.harness.ts";
import type { Sandbox } from "./start-sandbox.ts";

let sandbox: Sandbox;
useSandbox((started) => (sandbox = started));

function mailTo(email: string, changes: Record<string, unknown> = {}, key = "md-x"): Record<string, unknown> {
  const message = {
    from_email: "shop@example.com",
    from_name: "Shop",
    to: [{ email, type: "to" }],
    subject: "Grüße",
    text: "hello",
    html: "<p>hello</p>",
    headers: { "X-Tidings-Notification": "n" },
    metadata: { attemptId: "a" },
    ...changes,
  };
  return { key, message };
}

async function send(
  body: unknown,
  path = "/api/1.3/messages/send",
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const response = await fetch(sandbox.mailchimpBaseUrl + path, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

describe("a mail", () => {
  it.each(["/api/1.3/messages/send", "/api/1.3/messages/send.json"])(
    "at %s is kept with its ids and answered as Mailchimp does",
    async (path) => {
      const { status, body } = await send(mailTo("mina@example.com"), path);
      const [message] = sandbox.messages();
      expect(message).toMatchObject({
        channel: "email",
        provider: "mailchimp",
        from: '"Shop" <shop@example.com>',
        to: "mina@example.com",
        title: null,
        subject: "Grüße",
        text: "hello",
        html: "<p>hello</p>",
        attemptId: "a",
        notificationId: "n",
        outcome: "accepted",
      });
      const id = message?.id.replaceAll("-", "");
      expect({ status, body }).toEqual({
        status: 200,
        body: [{ email: "mina@example.com", status: "sent", reject_reason: null, queued_reason: null, _id: id }],
      });
    },
  );

  it("to several has a result for each", async () => {
    const to = ["a@example.com", "bounce@sandbox.test", "c@example.com"].map((email) => ({ email }));
    const { body } = await send(mailTo("", { to }));
    expect(body).toMatchObject([
      { email: "a@example.com", status: "sent" },
      { email: "bounce@sandbox.test", status: "rejected", reject_reason: "hard-bounce" },
      { email: "c@example.com", status: "sent" },
    ]);
    expect(sandbox.messages().map((message) => message.to)).toEqual(["a@example.com", "c@example.com"]);
  });

  it.each([
    ["to nobody", mailTo(""), "ValidationError"],
    ["from nobody", mailTo("a@b.test", { from_email: "" }), "ValidationError"],
    ["that is no JSON", "{", "ValidationError"],
    ["without a key", mailTo("a@b.test", {}, ""), "Invalid_Key"],
  ])("%s is an error with a status of 500", async (_name, body, name) => {
    expect(await send(body)).toMatchObject({ status: 500, body: { status: "error", name } });
    expect(sandbox.messages()).toEqual([]);
  });

  it.each<[Respond, number, object]>([
    [{ status: 400 }, 500, { status: "error", code: -2, name: "ValidationError" }],
    [{ status: 401 }, 500, { name: "Invalid_Key" }],
    [{ status: 400, code: "PaymentRequired" }, 500, { code: 10, name: "PaymentRequired" }],
    [{ status: 400, code: "invalid" }, 200, [{ status: "invalid" }]],
    [{ status: 400, code: "soft-bounce" }, 200, [{ status: "rejected", reject_reason: "soft-bounce" }]],
    [{ status: 429, retryAfterSeconds: 7 }, 429, { name: "RequestLimitExceeded" }],
    [{ status: 503 }, 503, {}],
  ])("is refused by the rule %j", async (respond, status, body) => {
    await addRule(sandbox, { provider: "mailchimp" }, respond, 1);
    const answer = await send(mailTo("mina@example.com"));
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers.get("retry-after")).toBe(respond.retryAfterSeconds === undefined ? null : "7");
  });

  it("to another path is refused", async () => {
    expect((await send(mailTo("a@b.test"), "/api/1.3/messages/send-template")).status).toBe(404);
  });
});
