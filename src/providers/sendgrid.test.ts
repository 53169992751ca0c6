import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type OutgoingMessage, type Provider, ProviderError } from "./provider.ts";
import { createSendGridProvider } from "./sendgrid.ts";

const open: { close(): unknown }[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const part of open.splice(0).reverse()) await part.close();
});

type Received = { path: string; headers: NodeJS.Dict<string | string[]>; body: unknown };

const takes: RequestListener = (_request, response) => {
  response.writeHead(202, { "x-message-id": "filter-id" }).end();
};

/** Keeps what comes and answers by the listener, or as SendGrid does. */
async function serve(answer: RequestListener = takes): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as unknown;
      received.push({ path: `${request.method ?? ""} ${request.url ?? ""}`, headers: request.headers, body });
      answer(request, response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push({
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

type Settings = Parameters<typeof createSendGridProvider>[0];

function providerFor(settings: Partial<Settings>): Provider {
  const provider = createSendGridProvider({
    apiKey: "SG.secret",
    from: "Shop <shop@example.com>",
    baseUrl: null,
    webhookPublicKey: null,
    ...settings,
  });
  open.push(provider);
  return provider;
}

function mail(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    attemptId: "0199-attempt",
    deliveryId: "0199-delivery",
    notificationId: "ntf_c2hvcDox",
    channel: "email",
    address: "mina@example.com",
    app: null,
    content: { kind: "email", subject: "Grüße, {{name}}", text: "Hello -name-", html: "<p>Hello</p>" },
    expiresAt: null,
    priority: "normal",
    signal: new AbortController().signal,
    ...changes,
  };
}

function written(changes: Partial<{ subject: string; text: string; html: string | null }>): Partial<OutgoingMessage> {
  return { content: { kind: "email", subject: "Hi", text: "Hello", html: null, ...changes } };
}

async function failureOf(sending: Promise<unknown>): Promise<ProviderError> {
  const error = await sending.then(
    () => expect.fail("The send was accepted."),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

describe("a mail", () => {
  it("goes to SendGrid's path at the given host with both its forms and its ids", async () => {
    const { url, received } = await serve();
    expect(await providerFor({ baseUrl: url }).send(mail())).toEqual({ providerMessageId: "filter-id" });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      path: "POST /v3/mail/send",
      headers: { host: new URL(url).host, authorization: "Bearer SG.secret" },
    });
    expect(received[0]?.body).toEqual({
      from: { name: "Shop", email: "shop@example.com" },
      personalizations: [
        {
          to: [{ email: "mina@example.com" }],
          custom_args: { notificationId: "ntf_c2hvcDox", attemptId: "0199-attempt", deliveryId: "0199-delivery" },
        },
      ],
      subject: "Grüße, {{name}}",
      content: [
        { type: "text/plain", value: "Hello -name-" },
        { type: "text/html", value: "<p>Hello</p>" },
      ],
      headers: {
        "X-Tidings-Notification": "ntf_c2hvcDox",
        "X-Tidings-Attempt": "0199-attempt",
        "Auto-Submitted": "auto-generated",
      },
    });
  });

  it("without HTML is text alone, and never empty, which SendGrid refuses", async () => {
    const { url, received } = await serve();
    const provider = providerFor({ baseUrl: url });
    await provider.send(mail(written({})));
    await provider.send(mail(written({ text: "" })));
    expect(received.map(({ body }) => (body as { content: unknown }).content)).toEqual([
      [{ type: "text/plain", value: "Hello" }],
      [{ type: "text/plain", value: " " }],
    ]);
  });

  it("goes to one address, whatever that looks like", async () => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url }).send(mail({ address: "Mina <other@example.com>" }));
    expect(received[0]?.body).toMatchObject({ personalizations: [{ to: [{ email: "Mina <other@example.com>" }] }] });
  });

  it.each(["/sendgrid", "/sendgrid/"])("goes below the path %s of the base URL", async (path) => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url + path }).send(mail());
    expect(received[0]?.path).toBe("POST /sendgrid/v3/mail/send");
  });

  it("goes past the proxies of the environment", async () => {
    vi.stubEnv("HTTP_PROXY", "http://127.0.0.1:1");
    vi.stubEnv("HTTPS_PROXY", "http://127.0.0.1:1");
    const { url, received } = await serve();
    await providerFor({ baseUrl: url }).send(mail());
    expect(received).toHaveLength(1);
  });

  it.each([
    ["the address", mail({ address: "a@b.test\r\nBcc: c@d.test" })],
    ["the subject", mail(written({ subject: "Hi\nBcc: c@d.test" }))],
  ])("with a line break in %s is not sent", async (_name, message) => {
    const { url, received } = await serve();
    const error = await failureOf(providerFor({ baseUrl: url }).send(message));
    expect(error).toMatchObject({ kind: "permanent", code: "header_injection", alertOperator: true });
    expect(received).toEqual([]);
  });

  it("is taken also where the answer names no id", async () => {
    const { url } = await serve((_request, response) => void response.writeHead(202).end());
    expect(await providerFor({ baseUrl: url }).send(mail())).toEqual({ providerMessageId: null });
  });

  it.each([200, 201, 204])("is taken where an answer of %i names it", async (status) => {
    const { url } = await serve((_request, response) => {
      response.writeHead(status, { "x-message-id": "filter-id" }).end();
    });
    expect(await providerFor({ baseUrl: url }).send(mail())).toEqual({ providerMessageId: "filter-id" });
  });
});

describe("a failure", () => {
  it("is an answer of 200 without a name, which says that a mail was checked and not sent", async () => {
    const { url } = await serve((_request, response) => void response.writeHead(200).end());
    const error = await failureOf(providerFor({ baseUrl: url }).send(mail()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it("is a redirection, which is not followed", async () => {
    const { url, received } = await serve((_request, response) => {
      response.writeHead(307, { location: "/elsewhere" }).end();
    });
    const error = await failureOf(providerFor({ baseUrl: url }).send(mail()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
    expect(received).toHaveLength(1);
  });

  it("is an answer that breaks off", async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(202, { "content-length": "100" });
      response.write("x", () => request.socket.destroy());
    });
    const error = await failureOf(providerFor({ baseUrl: url }).send(mail()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it("is a name that does not exist", async () => {
    const error = await failureOf(providerFor({ baseUrl: "https://nobody.invalid" }).send(mail()));
    expect(error).toMatchObject({ kind: "transient", code: "dns_failed" });
  });
});

describe("settings", () => {
  it.each(["shop", "a@b.test, c@d.test", ""])("refuse the sender %j in one sentence", (from) => {
    expect(() => providerFor({ from })).toThrow("EMAIL_FROM must be one address");
  });
});
