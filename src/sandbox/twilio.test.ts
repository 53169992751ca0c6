import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "./start-sandbox.ts";

let directory: string;
let sandbox: Sandbox;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidings-sandbox-twilio-"));
  sandbox = await startSandbox({ port: 0, smtpPort: 0, fcmPort: 0, directory });
});

afterEach(async () => {
  await fetch(`${sandbox.url}/rules`, { method: "DELETE" });
  await fetch(`${sandbox.url}/messages`, { method: "DELETE" });
});

afterAll(async () => {
  await sandbox.close();
  await rm(directory, { recursive: true });
});

const FORM = { To: "+821012345678", From: "+15005550006", Body: "Hi" };

async function create(
  form: Record<string, string> = FORM,
  options: { login?: string | null; path?: string; method?: string } = {},
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const { login = "AC1:secret", path = "/2010-04-01/Accounts/AC1/Messages.json", method = "POST" } = options;
  const response = await fetch(sandbox.twilioBaseUrl + path, {
    method,
    headers: {
      ...(login === null ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` }),
      "x-tidings-attempt": "a",
      "x-tidings-notification": "n",
    },
    ...(method === "POST" ? { body: new URLSearchParams(form) } : {}),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

describe("a text", () => {
  it("is kept with its ids and answered as Twilio does", async () => {
    const { status, body } = await create();
    const [message] = sandbox.messages();
    expect(message).toMatchObject({
      channel: "sms",
      provider: "twilio",
      from: "+15005550006",
      to: "+821012345678",
      title: null,
      subject: null,
      text: "Hi",
      attemptId: "a",
      notificationId: "n",
      outcome: "accepted",
    });
    const sid = `SM${message?.id.replaceAll("-", "")}`;
    expect(sid).toMatch(/^SM[0-9a-f]{32}$/);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      sid,
      account_sid: "AC1",
      status: "queued",
      to: "+821012345678",
      from: "+15005550006",
      body: "Hi",
      num_segments: "1",
      error_code: null,
      uri: `/2010-04-01/Accounts/AC1/Messages/${sid}.json`,
    });
  });

  it("of a Messaging Service has no sender yet", async () => {
    const { body } = await create({ To: "+821012345678", Body: "Hi", MessagingServiceSid: "MG1" });
    expect(body).toMatchObject({ status: "accepted", from: null, messaging_service_sid: "MG1", num_segments: "0" });
    expect(sandbox.messages()).toMatchObject([{ from: "MG1" }]);
  });

  it.each([
    ["x".repeat(160), "1"],
    ["x".repeat(161), "2"],
    ["배".repeat(70), "1"],
    ["배".repeat(135), "3"],
  ])("goes in as many parts as a phone would show: %#", async (text, parts) => {
    expect((await create({ ...FORM, Body: text })).body).toMatchObject({ num_segments: parts });
  });

  it.each([
    ["to an invalid number", { ...FORM, To: "+15005550001" }, 400, 21211],
    ["to what is no number", { ...FORM, To: "mina" }, 400, 21211],
    ["to a number that cannot receive", { ...FORM, To: "+15005550009" }, 400, 21614],
    ["to a throttled number", { ...FORM, To: "+15005550429" }, 429, 20429],
    ["to nobody", { ...FORM, To: "" }, 400, 21604],
    ["from nobody", { ...FORM, From: "" }, 400, 21603],
    ["of nothing", { ...FORM, Body: "" }, 400, 21602],
    ["that is too long", { ...FORM, Body: "x".repeat(1_601) }, 400, 21617],
  ])("%s is refused with Twilio's code", async (_name, form, status, code) => {
    expect(await create(form)).toMatchObject({ status, body: { code, status } });
    expect(sandbox.messages()).toEqual([]);
  });

  it.each([
    ["without a login", { login: null }, 401, 20003],
    ["with a login of another kind", { login: "mina:secret" }, 401, 20003],
    ["to another path", { path: "/2010-04-01/Accounts/AC1/Calls.json" }, 404, 20404],
    ["by another method", { method: "GET" }, 404, 20404],
  ])("%s is refused", async (_name, options, status, code) => {
    expect(await create(FORM, options)).toMatchObject({ status, body: { code } });
  });

  it("is refused with the code and the wait of a rule", async () => {
    await fetch(`${sandbox.url}/rules`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        match: { channel: "sms" },
        respond: { status: 400, code: "21610", retryAfterSeconds: 7 },
      }),
    });
    const { status, headers, body } = await create();
    expect({ status, retryAfter: headers.get("retry-after") }).toEqual({ status: 400, retryAfter: "7" });
    expect(body).toMatchObject({ code: 21610 });
  });
});
