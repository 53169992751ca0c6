import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Channel } from "../domain/channel.ts";
import type { RenderedContent } from "../domain/rendered-content.ts";
import type { Respond } from "../sandbox/rules.ts";
import type { SandboxMessage } from "../sandbox/message.ts";
import { type Sandbox, startSandbox } from "../sandbox/start-sandbox.ts";
import { createApnsProvider } from "./apns.ts";
import { createFcmProvider } from "./fcm.ts";
import { type OutgoingMessage, type Provider, ProviderError, type ProviderErrorKind } from "./provider.ts";
import { createSendGridProvider } from "./sendgrid.ts";
import { createSmtpProvider } from "./smtp.ts";
import { createTwilioProvider } from "./twilio.ts";

/** What must never be found in an error. Digits alone, so that it can be a part of every kind of address. */
const CANARY = "821055573046";

/** What a provider has of its own; everything else below is the same for all. */
type Subject = {
  id: string;
  channel: Channel;
  content: RenderedContent;
  /** Content of a channel that it does not serve. */
  foreignContent: RenderedContent;
  address: string;
  /** An address that the sandbox treats as dead, and what follows for it. */
  dead: { address: string; flag: "deactivate" | "suppress" };
  /** What a server in trouble (503) says by this protocol, and whether it may have taken the message. */
  troubled: ProviderErrorKind;
  /** Whether a refusal for a rate can say when to come back. */
  givesRetryAfter: boolean;
  /** What the provider calls a message that the sandbox keeps. */
  nameOf(kept: SandboxMessage): string;
  create(target: Target): Provider;
};

/** Where the provider is led to: the sandbox, or a port that nobody listens on. */
type Target = Pick<
  Sandbox,
  "smtpUrl" | "fcmBaseUrl" | "apnsBaseUrl" | "apnsKeyFile" | "twilioBaseUrl" | "sendgridBaseUrl" | "caFile"
>;

const EMAIL: RenderedContent = { kind: "email", subject: `${CANARY} subject`, text: `${CANARY} text`, html: null };
const PUSH: RenderedContent = { kind: "push", title: `${CANARY} title`, body: `${CANARY} body`, data: { order: "1" } };

const SMS: RenderedContent = { kind: "sms", text: `${CANARY} text` };

const SUBJECTS: Subject[] = [
  {
    id: "smtp",
    channel: "email",
    content: EMAIL,
    foreignContent: PUSH,
    address: `${CANARY}@example.com`,
    dead: { address: "bounce@sandbox.test", flag: "suppress" },
    troubled: "transient",
    givesRetryAfter: false,
    nameOf: ({ id }) => id,
    create: ({ smtpUrl }) =>
      createSmtpProvider({
        url: smtpUrl.replace("//", `//${CANARY}-user:${CANARY}-password@`),
        from: "Shop <shop@example.com>",
        caFile: null,
      }),
  },
  {
    id: "fcm",
    channel: "fcm",
    content: PUSH,
    foreignContent: EMAIL,
    address: `${CANARY}-token`,
    dead: { address: `${CANARY}-dead0410`, flag: "deactivate" },
    troubled: "ambiguous",
    givesRetryAfter: true,
    nameOf: ({ id }) => `projects/${CANARY}-project/messages/${id}`,
    create: ({ fcmBaseUrl, caFile }) =>
      createFcmProvider({ projectId: `${CANARY}-project`, credentialsFile: null, baseUrl: fcmBaseUrl, caFile }),
  },
  {
    id: "apns",
    channel: "apns",
    content: PUSH,
    foreignContent: SMS,
    address: `${CANARY}ab`,
    dead: { address: `${CANARY}dead0410`, flag: "deactivate" },
    troubled: "ambiguous",
    givesRetryAfter: true,
    nameOf: ({ attemptId }) => attemptId ?? "",
    create: ({ apnsBaseUrl, apnsKeyFile, caFile }) =>
      createApnsProvider({
        keyFile: apnsKeyFile,
        keyId: `K${CANARY}`,
        teamId: `T${CANARY}`,
        topic: "com.example.app",
        baseUrl: apnsBaseUrl,
        caFile,
      }),
  },
  {
    id: "twilio",
    channel: "sms",
    content: SMS,
    foreignContent: EMAIL,
    address: `+${CANARY}`,
    dead: { address: "+15005550001", flag: "deactivate" },
    troubled: "ambiguous",
    givesRetryAfter: true,
    nameOf: ({ id }) => `SM${id.replaceAll("-", "")}`,
    create: ({ twilioBaseUrl }) =>
      createTwilioProvider({
        accountSid: `AC${CANARY}`,
        authToken: `${CANARY}-token`,
        from: "+15005550006",
        baseUrl: twilioBaseUrl,
        statusCallbackUrl: null,
      }),
  },
  {
    id: "sendgrid",
    channel: "email",
    content: EMAIL,
    foreignContent: SMS,
    address: `${CANARY}@example.com`,
    dead: { address: "bounce@sandbox.test", flag: "suppress" },
    troubled: "ambiguous",
    givesRetryAfter: true,
    nameOf: ({ id }) => Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url"),
    create: ({ sendgridBaseUrl }) =>
      createSendGridProvider({
        apiKey: `SG.${CANARY}`,
        from: "Shop <shop@example.com>",
        baseUrl: sendgridBaseUrl,
        webhookPublicKey: null,
      }),
  },
];

let directory: string;
let sandbox: Sandbox;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidings-contract-"));
  sandbox = await startSandbox({ port: 0, smtpPort: 0, fcmPort: 0, directory });
});

afterAll(async () => {
  await sandbox.close();
  await rm(directory, { recursive: true });
});

describe.each(SUBJECTS)("provider $id", (subject) => {
  let provider: Provider;
  let requestsBefore: number;

  beforeEach(() => {
    provider = subject.create(sandbox);
    requestsBefore = sandbox.requests()[subject.id] ?? 0;
  });

  afterEach(async () => {
    await provider.close();
    await fetch(`${sandbox.url}/rules`, { method: "DELETE" });
    await fetch(`${sandbox.url}/messages`, { method: "DELETE" });
  });

  function message(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
    return {
      attemptId: crypto.randomUUID(),
      deliveryId: crypto.randomUUID(),
      notificationId: "ntf_c2hvcDpvcmRlci0x",
      channel: subject.channel,
      address: subject.address,
      app: null,
      content: subject.content,
      expiresAt: null,
      priority: "normal",
      signal: new AbortController().signal,
      ...changes,
    };
  }

  async function respond(respond: Respond): Promise<void> {
    const response = await fetch(`${sandbox.url}/rules`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ match: { provider: subject.id }, times: 1, respond }),
    });
    expect(response.status).toBe(201);
  }

  /** The error of a send that has to fail, which may hold nothing that was given to it in confidence. */
  async function failureOf(sending: Promise<unknown>): Promise<ProviderError> {
    const error = await sending.then(
      () => expect.fail("The send was accepted."),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ProviderError);
    const told = [inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error), (error as Error).stack ?? ""];
    expect(told.join("\n")).not.toContain(CANARY);
    return error as ProviderError;
  }

  function requests(): number {
    return (sandbox.requests()[subject.id] ?? 0) - requestsBefore;
  }

  it("hands a message over with one request, and the ids of its attempt with it", async () => {
    const sent = message();
    const { providerMessageId } = await provider.send(sent);
    const [kept] = sandbox.messages();
    expect(kept).toMatchObject({
      provider: subject.id,
      channel: subject.channel,
      to: sent.address,
      attemptId: sent.attemptId,
      notificationId: sent.notificationId,
    });
    expect(providerMessageId).toBe(kept && subject.nameOf(kept));
    expect(requests()).toBe(1);
  });

  it("hands over many at once, each once", async () => {
    const sent = Array.from({ length: 60 }, () => message());
    await Promise.all(sent.map((one) => provider.send(one)));
    expect(requests()).toBe(60);
    expect(new Set(sandbox.messages().map(({ attemptId }) => attemptId))).toEqual(
      new Set(sent.map(({ attemptId }) => attemptId)),
    );
  });

  it("says that a refusal is for good", async () => {
    await respond({ status: 400 });
    expect(await failureOf(provider.send(message()))).toMatchObject({ kind: "permanent", address: undefined });
    expect(requests()).toBe(1);
    expect(sandbox.messages()).toEqual([]);
  });

  it("says what follows for an address that is dead", async () => {
    const { address, flag } = subject.dead;
    const error = await failureOf(provider.send(message({ address })));
    expect(error).toMatchObject({ kind: "permanent", address: flag, alertOperator: false });
    expect(requests()).toBe(1);
  });

  it("says that a rate was the reason, and when to come back where it is told", async () => {
    await respond({ status: 429, retryAfterSeconds: 7 });
    const error = await failureOf(provider.send(message()));
    expect(error).toMatchObject({ kind: "throttled", address: undefined });
    // Some say it as a time of day in seconds.
    const seconds = error.retryAfterMs === undefined ? [] : [Math.round(error.retryAfterMs / 1_000)];
    expect(seconds).toEqual(subject.givesRetryAfter ? [expect.closeTo(7, -0.5)] : []);
    expect(requests()).toBe(1);
  });

  it("leaves trying again after a server's trouble to its caller", async () => {
    await respond({ status: 503 });
    expect((await failureOf(provider.send(message()))).kind).toBe(subject.troubled);
    expect(requests()).toBe(1);
  });

  it("is in doubt when the connection breaks after the request, taken or not", async () => {
    const broken = { kind: "ambiguous", code: expect.stringMatching(/^connection_/) as string };
    await respond({ drop: "before" });
    expect(await failureOf(provider.send(message()))).toMatchObject(broken);
    expect(sandbox.messages()).toEqual([]);
    await respond({ drop: "after_accept" });
    expect(await failureOf(provider.send(message()))).toMatchObject(broken);
    expect(sandbox.messages()).toHaveLength(1);
    expect(requests()).toBe(2);
  });

  it("is in doubt about an answer that it cannot read", async () => {
    await respond({ garbled: true });
    expect(await failureOf(provider.send(message()))).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
    expect(requests()).toBe(1);
  });

  it("stops at the deadline, in doubt when the request was out", async () => {
    await respond({ delayMs: 600_000 });
    const deadline = new AbortController();
    const failure = failureOf(provider.send(message({ signal: deadline.signal })));
    await expect.poll(requests, { timeout: 10_000 }).toBe(1);
    const abortedAt = performance.now();
    deadline.abort();
    expect(await failure).toMatchObject({ kind: "ambiguous", code: "deadline_exceeded" });
    expect(performance.now() - abortedAt).toBeLessThan(1_000);
    expect(requests()).toBe(1);
  });

  it("sends nothing once the deadline has passed", async () => {
    const error = await failureOf(provider.send(message({ signal: AbortSignal.abort() })));
    expect(error).toMatchObject({ kind: "transient", code: "deadline_exceeded" });
    await provider.send(message());
    expect(requests()).toBe(1);
  });

  it("works again after every kind of trouble", async () => {
    for (const trouble of [{ drop: "before" }, { garbled: true }, { status: 400 }, { status: 503 }] as Respond[]) {
      await provider.send(message());
      await respond(trouble);
      await failureOf(provider.send(message()));
    }
    await provider.send(message());
    expect(requests()).toBe(9);
  });

  it("knows that a refused connection sent nothing", async () => {
    const port = await closedPort();
    const unreachable = subject.create({
      smtpUrl: `smtp://127.0.0.1:${port}`,
      fcmBaseUrl: `https://127.0.0.1:${port}`,
      apnsBaseUrl: `https://127.0.0.1:${port}`,
      apnsKeyFile: sandbox.apnsKeyFile,
      twilioBaseUrl: `http://127.0.0.1:${port}`,
      sendgridBaseUrl: `http://127.0.0.1:${port}`,
      caFile: sandbox.caFile,
    });
    const error = await failureOf(unreachable.send(message()));
    expect(error).toMatchObject({ kind: "transient", code: "connection_refused", alertOperator: false });
    await unreachable.close();
  });

  it("refuses content of another channel without sending it", async () => {
    const error = await failureOf(provider.send(message({ content: subject.foreignContent })));
    expect(error).toMatchObject({ kind: "permanent", code: "wrong_content", alertOperator: true });
    expect(requests()).toBe(0);
  });
});

/** A port that nobody listens on: it was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
