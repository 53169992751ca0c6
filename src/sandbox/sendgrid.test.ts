import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "./start-sandbox.ts";

let directory: string;
let sandbox: Sandbox;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidings-sandbox-sendgrid-"));
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

function mailTo(email: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    personalizations: [{ to: [{ email }] }],
    from: { email: "shop@example.com", name: "Shop" },
    subject: "Grüße",
    content: [
      { type: "text/plain", value: "hello" },
      { type: "text/html", value: "<p>hello</p>" },
    ],
    custom_args: { attemptId: "a", notificationId: "n" },
    ...changes,
  };
}

async function send(
  body: unknown,
  options: { key?: string | null; path?: string } = {},
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const { key = "SG.x", path = "/v3/mail/send" } = options;
  const response = await fetch(sandbox.sendgridBaseUrl + path, {
    method: "POST",
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}

describe("a mail", () => {
  it("is kept with its ids and answered as SendGrid does", async () => {
    const { status, headers, body } = await send(mailTo("mina@example.com"));
    const [message] = sandbox.messages();
    expect({ status, body }).toEqual({ status: 202, body: null });
    expect(headers.get("x-message-id")).toMatch(/^[\w-]{22}$/);
    expect(message).toMatchObject({
      channel: "email",
      provider: "sendgrid",
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
  });

  it("to several is kept for each, with the ids of each", async () => {
    const personalizations = [
      { to: [{ email: "a@example.com" }, { email: "b@example.com" }] },
      { to: [{ email: "c@example.com" }], custom_args: { attemptId: "c" } },
    ];
    await send(mailTo("", { personalizations }));
    expect(sandbox.messages().map(({ to, attemptId }) => [to, attemptId])).toEqual([
      ["a@example.com", "a"],
      ["b@example.com", "a"],
      ["c@example.com", "c"],
    ]);
  });

  it.each([
    ["to an invalid address", mailTo("bounce@sandbox.test"), 400, "personalizations.0.to.0.email"],
    ["to one who wants none", mailTo("Spam@sandbox.test"), 400, "content"],
    ["to nobody", mailTo(""), 400, "personalizations.0.to.0.email"],
    ["from nobody", mailTo("a@b.test", { from: {} }), 400, "from.email"],
    ["without a subject", mailTo("a@b.test", { subject: "" }), 400, "subject"],
    ["of nothing", mailTo("a@b.test", { content: [{ type: "text/plain", value: "" }] }), 400, "content.0.value"],
    ["that is no JSON", "{", 400, ""],
    ["that is too large", mailTo("a@b.test", { subject: "x".repeat(1_100_000) }), 413, null],
  ])("%s is refused and names the field", async (_name, body, status, field) => {
    expect(await send(body)).toMatchObject({ status, body: { errors: [{ field }] } });
    expect(sandbox.messages()).toEqual([]);
  });

  it.each([
    ["without a key", { key: null }, 401],
    ["to another path", { path: "/v3/mail" }, 404],
  ])("%s is refused", async (_name, options, status) => {
    expect(await send(mailTo("a@b.test"), options)).toMatchObject({ status, body: { errors: [{ field: null }] } });
  });

  it("to a throttled address is told when the limit ends", async () => {
    const { status, headers } = await send(mailTo("throttle@sandbox.test"));
    const inSeconds = Number(headers.get("x-ratelimit-reset")) - Date.now() / 1_000;
    expect(status).toBe(429);
    expect(inSeconds).toBeGreaterThan(55);
    expect(inSeconds).toBeLessThan(62);
  });

  it("to drop@ is taken and never answered", async () => {
    await expect(send(mailTo("drop@sandbox.test"))).rejects.toThrow();
    expect(sandbox.messages().map(({ outcome }) => outcome)).toEqual(["accepted_unanswered"]);
  });
});
