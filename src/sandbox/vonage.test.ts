import { describe, expect, it } from "vitest";
import { addRule } from "../../tests/support/sandbox-rules.ts";
import type { Respond } from "./rules.ts";
import { useSandbox } from "./sandbox.harness.ts";
import type { Sandbox } from "./start-sandbox.ts";

let sandbox: Sandbox;
useSandbox((started) => (sandbox = started));

const TEXT = { to: "821012345678", from: "Shop", text: "Hi", type: "text", "client-ref": "a" };

type Options = { login?: string | null; path?: string; method?: string; form?: boolean };

async function send(
  fields: Record<string, string> = TEXT,
  options: Options = {},
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const { login = "key:secret", path = "/sms/json", method = "POST", form = false } = options;
  const response = await fetch(sandbox.vonageBaseUrl + path, {
    method,
    headers: {
      ...(login === null ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` }),
      ...(form ? {} : { "content-type": "application/json" }),
      "x-tidings-notification": "n",
    },
    ...(method === "POST" ? { body: form ? new URLSearchParams(fields) : JSON.stringify(fields) } : {}),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const partsIn = (body: unknown) => (body as { messages: Record<string, string>[] }).messages;

describe("a text", () => {
  it.each([
    ["as the SDK's JSON", TEXT, {}],
    ["as a form", TEXT, { form: true }],
    ["as a form with the login in it", { ...TEXT, api_key: "k", api_secret: "s" }, { form: true, login: null }],
  ])("%s is kept with its ids and answered as Vonage does", async (_name, fields, options) => {
    const { status, body } = await send(fields, options);
    const [message] = sandbox.messages();
    expect(message).toMatchObject({
      channel: "sms",
      provider: "vonage",
      from: "Shop",
      to: "+821012345678",
      title: null,
      subject: null,
      text: "Hi",
      attemptId: "a",
      notificationId: "n",
      outcome: "accepted",
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      "message-count": "1",
      messages: [{ to: "821012345678", "message-id": message?.id, status: "0", "client-ref": "a" }],
    });
  });

  it("goes in as many parts as a phone gets, each with a name of its own", async () => {
    const { body } = await send({ ...TEXT, text: "배".repeat(135) });
    expect(body).toMatchObject({ "message-count": "3" });
    expect(new Set(partsIn(body).map((part) => part["message-id"])).size).toBe(3);
    expect(sandbox.messages()).toHaveLength(1);
  });

  it.each([
    ["to a number without a network", { ...TEXT, to: "15005550001" }, "6"],
    ["to a number that is dead", { ...TEXT, to: "15005550009" }, "33"],
    ["to a throttled number", { ...TEXT, to: "15005550429" }, "1"],
    ["to a number with a plus", { ...TEXT, to: "+821012345678" }, "3"],
    ["to what is no number", { ...TEXT, to: "mina" }, "3"],
    ["to nobody", { ...TEXT, to: "" }, "2"],
    ["from nobody", { ...TEXT, from: "" }, "2"],
    ["of nothing", { ...TEXT, text: "" }, "2"],
    ["that is too long", { ...TEXT, text: "x".repeat(3_201) }, "12"],
  ])("%s is refused in an answer of 200", async (_name, fields, status) => {
    const answer = await send(fields);
    expect(answer).toMatchObject({ status: 200, body: { "message-count": "1", messages: [{ status }] } });
    expect(sandbox.messages()).toEqual([]);
  });

  it("without a login is refused in an answer of 200", async () => {
    expect(await send(TEXT, { login: null })).toMatchObject({ status: 200, body: { messages: [{ status: "4" }] } });
  });

  it.each([
    ["to another path", { path: "/sms/xml" }],
    ["by another method", { method: "GET" }],
  ])("%s is refused", async (_name, options) => {
    expect((await send(TEXT, options)).status).toBe(404);
  });

  it.each<[Respond, number, string | undefined]>([
    [{ status: 400 }, 200, "3"],
    [{ status: 400, code: "7" }, 200, "7"],
    [{ status: 429, code: "1", retryAfterSeconds: 7 }, 200, "1"],
    [{ status: 429, retryAfterSeconds: 7 }, 429, undefined],
    [{ status: 503 }, 503, undefined],
  ])("is refused by the rule %j", async (respond, status, part) => {
    await addRule(sandbox, { provider: "vonage" }, respond, 1);
    const answer = await send();
    expect(answer.status).toBe(status);
    if (part !== undefined) expect(partsIn(answer.body)).toMatchObject([{ status: part }]);
    expect(answer.headers.get("retry-after")).toBe(respond.retryAfterSeconds === undefined ? null : "7");
  });
});
