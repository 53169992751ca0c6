import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { createTransport } from "nodemailer";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SandboxMessage } from "./message.ts";
import { type Sandbox, startSandbox } from "./start-sandbox.ts";

const EPHEMERAL = { port: 0, smtpPort: 0, fcmPort: 0 };

let directory: string;
let sandbox: Sandbox;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidings-sandbox-"));
  sandbox = await startSandbox({ ...EPHEMERAL, directory });
});

afterEach(async () => {
  await call("DELETE", "/rules");
  await call("DELETE", "/messages");
});

afterAll(async () => {
  await sandbox.close();
  await rm(directory, { recursive: true });
});

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(sandbox.url + path, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

async function messages(query = ""): Promise<SandboxMessage[]> {
  return ((await call("GET", `/messages${query}`)).body as { items: SandboxMessage[] }).items;
}

/** Resolves with the server's last reply, and rejects with nodemailer's error. */
async function mail(to: string, extra: { html?: string } = {}): Promise<string> {
  const transport = createTransport(sandbox.smtpUrl);
  const { response } = await transport.sendMail({
    from: "Shop <shop@example.com>",
    to,
    subject: "Grüße",
    text: "hello",
    headers: { "X-Tidings-Attempt": "attempt-1", "X-Tidings-Notification": "ntf_1" },
    ...extra,
  });
  return response;
}

type Answer = { status: number; headers: NodeJS.Dict<string | string[]>; text: string };

async function push(body: unknown, options: { token?: string | null; path?: string } = {}): Promise<Answer> {
  const { token = "any", path = "/v1/projects/demo/messages:send" } = options;
  const request = httpsRequest(sandbox.fcmBaseUrl + path, {
    method: "POST",
    ca: await readFile(sandbox.caFile),
    servername: "fcm.googleapis.com",
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  });
  request.end(typeof body === "string" ? body : JSON.stringify(body));
  const [response] = (await once(request, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

function pushTo(token: string): object {
  return {
    message: { token, notification: { title: "Hi", body: "there" }, data: { attemptId: "a", notificationId: "n" } },
  };
}

describe("mail", () => {
  it("keeps what was sent, with the ids of its attempt, and names the queue in the reply", async () => {
    const reply = await mail("mina@example.com", { html: "<p>hello</p>" });
    const [message] = await messages();
    expect(message).toMatchObject({
      channel: "email",
      provider: "smtp",
      from: '"Shop" <shop@example.com>',
      to: "mina@example.com",
      title: null,
      subject: "Grüße",
      text: "hello",
      html: "<p>hello</p>",
      attemptId: "attempt-1",
      notificationId: "ntf_1",
      outcome: "accepted",
    });
    expect(reply).toBe(`250 OK: queued as ${message?.id}`);
  });

  it.each([
    ["bounce@sandbox.test", "550 5.1.1"],
    ["Spam@sandbox.test", "554 5.7.1"],
    ["throttle@sandbox.test", "450 4.2.1"],
  ])("refuses %s with %s and keeps nothing", async (to, reply) => {
    await expect(mail(to)).rejects.toThrow(reply);
    expect(await messages()).toEqual([]);
  });

  it("takes a mail to drop@ and never says so", async () => {
    await expect(mail("drop@sandbox.test")).rejects.toThrow();
    expect((await messages()).map(({ outcome }) => outcome)).toEqual(["accepted_unanswered"]);
  });

  it.each([
    [{ status: 451 }, "451 4.3.0"],
    [{ status: 452, code: "4.5.3" }, "452 4.5.3"],
    [{ status: 503 }, "451 4.3.2"],
    [{ status: 429 }, "450 4.2.1"],
  ])("says %j as %s", async (respond, reply) => {
    await call("POST", "/rules", { match: { provider: "smtp" }, times: 1, respond });
    await expect(mail("mina@example.com")).rejects.toThrow(reply);
    await mail("mina@example.com");
  });
});

describe("push", () => {
  it("keeps what was sent and answers with the name of the message", async () => {
    const { status, text } = await push(pushTo("token-1"));
    const [message] = await messages("?channel=fcm");
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ name: `projects/demo/messages/${message?.id}` });
    expect(message).toMatchObject({
      channel: "fcm",
      provider: "fcm",
      to: "token-1",
      title: "Hi",
      subject: null,
      text: "there",
      html: null,
      attemptId: "a",
      notificationId: "n",
    });
  });

  it.each([
    ["a dead token", pushTo("abc-dead0410"), 404, "NOT_FOUND", "UNREGISTERED"],
    ["a throttled token", pushTo("abc-dead0429"), 429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"],
    ["no token", { message: {} }, 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"],
    ["data that is not text", { message: { token: "t", data: { a: 1 } } }, 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"],
    ["what is no JSON", "{", 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"],
    [
      "more than 4096 bytes",
      { message: { token: "t", notification: { body: "x".repeat(4_100) } } },
      400,
      "INVALID_ARGUMENT",
      "INVALID_ARGUMENT",
    ],
  ])("refuses %s as the real API does", async (_name, body, status, named, errorCode) => {
    const answer = await push(body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: status, status: named, details: [{ errorCode }] } });
    expect(await messages()).toEqual([]);
  });

  it("refuses a request without a credential", async () => {
    expect((await push(pushTo("t"), { token: null })).status).toBe(401);
  });

  it("refuses a body that is too large without keeping it", async () => {
    expect((await push({ message: { token: "t", data: { a: "x".repeat(1_100_000) } } })).status).toBe(413);
  });

  it("passes on when to come back", async () => {
    await call("POST", "/rules", { respond: { status: 429, retryAfterSeconds: 7 } });
    expect((await push(pushTo("t"))).headers["retry-after"]).toBe("7");
  });
});

describe("messages", () => {
  it("filters and limits, newest last", async () => {
    for (const to of ["a@example.com", "b@example.com", "c@example.com"]) await mail(to);
    await push(pushTo("token-1"));
    const tos = async (query: string): Promise<string[]> => (await messages(query)).map(({ to }) => to);
    expect(await tos("")).toEqual(["a@example.com", "b@example.com", "c@example.com", "token-1"]);
    expect(await tos("?channel=email&limit=2")).toEqual(["b@example.com", "c@example.com"]);
    expect(await tos("?to=b@example.com")).toEqual(["b@example.com"]);
    expect(await tos("?notificationId=n")).toEqual(["token-1"]);
  });

  it("says which filter it does not know", async () => {
    expect(await call("GET", "/messages?chanel=email")).toMatchObject({ status: 400, body: { errors: [{}] } });
  });

  it("is empty after a delete", async () => {
    await mail("a@example.com");
    expect((await call("DELETE", "/messages")).status).toBe(204);
    expect(await messages()).toEqual([]);
  });

  it("makes no receipts for providers that send none", async () => {
    await mail("a@example.com");
    const [message] = await messages();
    expect(await call("POST", `/messages/${message?.id}/receipts`, { type: "delivered" })).toEqual({
      status: 422,
      body: { error: "The provider smtp sends no receipts, so there is none to make." },
    });
    expect((await call("POST", "/messages/none/receipts", { type: "delivered" })).status).toBe(404);
  });

  it("serves the HTML of a mail so that nothing in it can run or reach the page", async () => {
    await mail("a@example.com", { html: "<script>steal()</script>" });
    const [message] = await messages();
    const response = await fetch(`${sandbox.url}/messages/${message?.id}/html`);
    expect(await response.text()).toBe("<script>steal()</script>");
    expect(response.headers.get("content-security-policy")).toMatch(/^sandbox; default-src 'none';/);
  });
});

describe("rules", () => {
  it("are added, listed and removed", async () => {
    const { status, body } = await call("POST", "/rules", {
      match: { to: "x@y.test" },
      times: 2,
      respond: { status: 500 },
    });
    const { id } = body as { id: string };
    expect(status).toBe(201);
    expect((await call("GET", "/rules")).body).toEqual({
      items: [{ id, match: { to: "x@y.test" }, timesLeft: 2, respond: { status: 500 } }],
    });
    expect((await call("DELETE", `/rules/${id}`)).status).toBe(204);
    expect((await call("DELETE", `/rules/${id}`)).status).toBe(404);
  });

  it("names the field that is wrong", async () => {
    expect(await call("POST", "/rules", { respond: { drop: "sometimes" } })).toMatchObject({
      status: 400,
      body: { errors: [{ field: "respond.drop" }] },
    });
  });

  it.each([
    ["no JSON", "{", 400],
    ["a body that is too large", JSON.stringify({ respond: {}, padding: "x".repeat(70_000) }), 413],
  ])("answer %s in JSON", async (_name, body, status) => {
    const response = await fetch(`${sandbox.url}/rules`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toHaveProperty("error");
  });
});

describe("a rule that holds requests back", () => {
  const held = async () => ((await call("GET", "/held")).body as { items: { to: string; hold: string }[] }).items;
  const holding = async (respond: Record<string, unknown>): Promise<string> => {
    const { body } = await call("POST", "/rules", { match: { to: "mina@example.com" }, respond });
    return (body as { id: string }).id;
  };
  const whereHeld = (hold: string) => [
    expect.objectContaining({ to: "mina@example.com", attemptId: "attempt-1", hold }),
  ];

  it("before it takes the message, until the rule is removed", async () => {
    const id = await holding({ hold: "before_accept" });
    const sending = mail("mina@example.com");
    await expect.poll(held, { timeout: 10_000 }).toEqual(whereHeld("before_accept"));
    expect(await messages()).toEqual([]);
    await call("DELETE", `/rules/${id}`);
    expect(await sending).toContain("250 OK");
    expect(await held()).toEqual([]);
    expect(await messages()).toHaveLength(1);
  });

  it("after it has taken the message, until all rules are removed", async () => {
    await holding({ hold: "after_accept", drop: "after_accept" });
    const sending = expect(mail("mina@example.com")).rejects.toThrow();
    await expect.poll(held, { timeout: 10_000 }).toEqual(whereHeld("after_accept"));
    expect(await messages()).toHaveLength(1);
    await call("DELETE", "/rules");
    await sending;
    expect(await messages()).toHaveLength(1);
  });

  it("goes on as it says even though the sender has gone away", async () => {
    const id = await holding({ hold: "before_accept" });
    const sender = new AbortController();
    const { signal } = sender;
    const gone = expect(
      fetch(`${sandbox.sendgridBaseUrl}/v3/mail/send`, {
        method: "POST",
        signal,
        headers: { authorization: "Bearer any" },
        body: JSON.stringify({
          personalizations: [{ to: [{ email: "mina@example.com" }], custom_args: { attemptId: "attempt-1" } }],
          from: { email: "shop@example.com" },
          subject: "Hello",
          content: [{ type: "text/plain", value: "hello" }],
        }),
      }),
    ).rejects.toThrow();
    await expect.poll(held, { timeout: 10_000 }).toEqual(whereHeld("before_accept"));
    sender.abort();
    await gone;
    await call("DELETE", `/rules/${id}`);
    await expect.poll(() => messages(), { timeout: 10_000 }).toHaveLength(1);
  });

  it("lets other requests pass", async () => {
    await holding({ hold: "before_accept" });
    await mail("other@example.com");
    expect(await messages()).toHaveLength(1);
  });
});

describe("the page", () => {
  it("comes with a policy under which only its own files run", async () => {
    const response = await fetch(sandbox.url);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("<title>Tidings sandbox</title>");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).not.toContain("unsafe");
  });

  it("answers health checks", async () => {
    expect((await call("GET", "/healthz")).status).toBe(200);
  });
});

async function holdAnswers(url: string, respond: Record<string, unknown> = { delayMs: 600_000 }): Promise<void> {
  await fetch(`${url}/rules`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ respond }),
  });
}

async function smtpRequests(url: string): Promise<unknown> {
  const counts = (await (await fetch(`${url}/requests`)).json()) as Record<string, number>;
  return counts["smtp"];
}

describe("startSandbox", () => {
  it("keeps the messages and the certificate over a restart", async () => {
    const kept = await mkdtemp(join(tmpdir(), "tidings-sandbox-"));
    const before = await startSandbox({ ...EPHEMERAL, directory: kept });
    await createTransport(before.smtpUrl).sendMail({ from: "a@b.test", to: "c@d.test", subject: "s", text: "t" });
    const certificate = await readFile(before.caFile, "utf8");
    await before.close();
    const after = await startSandbox({ ...EPHEMERAL, directory: kept });
    expect(after.messages().map(({ to }) => to)).toEqual(["c@d.test"]);
    expect(await readFile(after.caFile, "utf8")).toBe(certificate);
    await after.close();
    await rm(kept, { recursive: true });
  });

  it("listens on loopback only", async () => {
    await expect(startSandbox({ ...EPHEMERAL, directory, host: "0.0.0.0" })).rejects.toThrow("loopback only");
  });

  it("listens everywhere where a container asks for it, at addresses that work from within", async () => {
    const own = await mkdtemp(join(tmpdir(), "tidings-sandbox-"));
    const exposed = await startSandbox({ ...EPHEMERAL, directory: own, host: "0.0.0.0", exposed: true });
    expect((await fetch(`${exposed.url}/healthz`)).status).toBe(200);
    await exposed.close();
    await rm(own, { recursive: true });
  });

  it.each([{ delayMs: 600_000 }, { hold: "after_accept" }])(
    "closes while answers are held back by %j",
    async (respond) => {
      const own = await mkdtemp(join(tmpdir(), "tidings-sandbox-"));
      const held = await startSandbox({ ...EPHEMERAL, directory: own });
      await holdAnswers(held.url, respond);
      const sending = createTransport(held.smtpUrl).sendMail({
        from: "a@b.test",
        to: "c@d.test",
        subject: "s",
        text: "t",
      });
      const failed = expect(sending).rejects.toThrow();
      await expect.poll(() => smtpRequests(held.url), { timeout: 10_000 }).toBe(1);
      await held.close();
      await failed;
      await rm(own, { recursive: true });
    },
  );
});

describe("main", () => {
  const children: ChildProcess[] = [];
  let own: string;

  beforeAll(async () => {
    own = await mkdtemp(join(tmpdir(), "tidings-sandbox-"));
  });

  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await rm(own, { recursive: true });
  });

  function start(port: string, stdio: "pipe" | "ipc" = "pipe"): ChildProcess {
    const ports = ["smtp", "fcm", "apns", "twilio", "sendgrid", "vonage", "mailchimp"].map(
      (name) => `--${name}-port=0`,
    );
    const args = ["src/sandbox/main.ts", `--port=${port}`, ...ports, `--directory=${own}`];
    const child = spawn(process.execPath, args, {
      stdio: stdio === "ipc" ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    return child;
  }

  async function firstLine(child: ChildProcess): Promise<string> {
    if (child.stdout === null) throw new Error("The child has no output.");
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    return line;
  }

  it("tells in one line of JSON that it is up, and ends on SIGTERM though it holds an answer back", async () => {
    const child = start("0");
    const ready = JSON.parse(await firstLine(child)) as Pick<Sandbox, "url" | "smtpUrl">;
    expect(ready).toMatchObject({
      ready: true,
      fcmBaseUrl: expect.stringMatching(/^https:/) as string,
      apnsBaseUrl: expect.stringMatching(/^https:/) as string,
      apnsKeyFile: join(own, "apns-key.p8"),
      twilioBaseUrl: expect.stringMatching(/^http:/) as string,
      sendgridBaseUrl: expect.stringMatching(/^http:/) as string,
      vonageBaseUrl: expect.stringMatching(/^http:/) as string,
      mailchimpBaseUrl: expect.stringMatching(/^http:/) as string,
      caFile: join(own, "ca.pem"),
    });
    await holdAnswers(ready.url);
    const sending = createTransport(ready.smtpUrl).sendMail({
      from: "a@b.test",
      to: "c@d.test",
      subject: "s",
      text: "t",
    });
    const failed = expect(sending).rejects.toThrow();
    await expect.poll(() => smtpRequests(ready.url), { timeout: 10_000 }).toBe(1);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    await failed;
  });

  it("ends when its parent goes away", async () => {
    const child = start("0", "ipc");
    await firstLine(child);
    child.disconnect();
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("ends on SIGTERM while its parent is still connected", async () => {
    const child = start("0", "ipc");
    await firstLine(child);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("says in one sentence that a port is taken", async () => {
    const { port } = new URL(sandbox.url);
    const child = start(port);
    const chunks: string[] = [];
    child.stderr?.on("data", (chunk) => chunks.push(String(chunk)));
    expect(await once(child, "close")).toEqual([1, null]);
    expect(chunks.join("")).toBe(`The sandbox cannot start: port ${port} is taken by another program.\n`);
  });
});
