import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type OutgoingMessage, type Provider, ProviderError } from "./provider.ts";
import { createTwilioProvider } from "./twilio.ts";

const open: { close(): unknown }[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  for (const part of open.splice(0).reverse()) await part.close();
});

type Received = { path: string; headers: NodeJS.Dict<string | string[]>; form: Record<string, string> };

const takes: RequestListener = (_request, response) => {
  response.writeHead(201, { "content-type": "application/json" }).end('{"sid":"SM0123","status":"queued"}');
};

/** Keeps what comes and answers by the listener, or as Twilio does. */
async function serve(answer: RequestListener = takes): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
      received.push({ path: `${request.method ?? ""} ${request.url ?? ""}`, headers: request.headers, form });
      answer(request, response);
    });
  });
  const port = await listen(server);
  open.push({
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
  return { url: `http://127.0.0.1:${port}`, received };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

type Settings = Parameters<typeof createTwilioProvider>[0];

function providerFor(settings: Partial<Settings>): Provider {
  const provider = createTwilioProvider({
    accountSid: "AC0123",
    authToken: "secret",
    from: "+15005550006",
    baseUrl: null,
    statusCallbackUrl: null,
    ...settings,
  });
  open.push(provider);
  return provider;
}

function sms(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    attemptId: "0199-attempt",
    deliveryId: "0199-delivery",
    notificationId: "ntf_c2hvcDox",
    channel: "sms",
    address: "+821012345678",
    app: null,
    content: { kind: "sms", text: "배송 & more" },
    expiresAt: null,
    priority: "normal",
    signal: new AbortController().signal,
    ...changes,
  };
}

async function failureOf(sending: Promise<unknown>): Promise<ProviderError> {
  const error = await sending.then(
    () => expect.fail("The send was accepted."),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

describe("a text", () => {
  it("goes to the account's messages with its sender and its ids", async () => {
    const { url, received } = await serve();
    expect(await providerFor({ baseUrl: url }).send(sms())).toEqual({ providerMessageId: "SM0123" });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      path: "POST /2010-04-01/Accounts/AC0123/Messages.json",
      headers: {
        host: new URL(url).host,
        authorization: `Basic ${Buffer.from("AC0123:secret").toString("base64")}`,
        "x-tidings-attempt": "0199-attempt",
        "x-tidings-notification": "ntf_c2hvcDox",
      },
    });
    expect(received[0]?.form).toEqual({ To: "+821012345678", From: "+15005550006", Body: "배송 & more" });
  });

  it.each([
    ["a number", "+15005550006", { From: "+15005550006" }],
    ["a name", "Tidings", { From: "Tidings" }],
    ["a Messaging Service", `MG${"0".repeat(32)}`, { MessagingServiceSid: `MG${"0".repeat(32)}` }],
  ])("comes from %s", async (_name, from, expected) => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url, from }).send(sms());
    expect(received[0]?.form).toEqual({ To: "+821012345678", Body: "배송 & more", ...expected });
  });

  it("says where to tell what became of it", async () => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url, statusCallbackUrl: "https://tidings.example/webhooks/twilio" }).send(sms());
    expect(received[0]?.form["StatusCallback"]).toBe("https://tidings.example/webhooks/twilio?attempt=0199-attempt");
  });

  it.each([
    ["an hour", 3_600_000, 3_590, 3_600],
    ["a past time", -1_000, 1, 1],
    ["longer than Twilio keeps anything", 90 * 86_400_000, 36_000, 36_000],
  ])("waits at most for %s", async (_name, ms, atLeast, atMost) => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url }).send(sms({ expiresAt: new Date(Date.now() + ms) }));
    const seconds = Number(received[0]?.form["ValidityPeriod"]);
    expect(seconds).toBeGreaterThanOrEqual(atLeast);
    expect(seconds).toBeLessThanOrEqual(atMost);
  });

  it.each(["/twilio", "/twilio/"])("goes below the path %s of the base URL", async (path) => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url + path }).send(sms());
    expect(received[0]?.path).toBe("POST /twilio/2010-04-01/Accounts/AC0123/Messages.json");
  });

  it("is led and logged by the settings alone, whatever the environment says", async () => {
    for (const [name, value] of Object.entries({
      TWILIO_EDGE: "sydney",
      TWILIO_REGION: "au1",
      TWILIO_LOG_LEVEL: "debug",
      HTTP_PROXY: "http://127.0.0.1:1",
      HTTPS_PROXY: "http://127.0.0.1:1",
    })) {
      vi.stubEnv(name, value);
    }
    const log = vi.spyOn(console, "log");
    const { url, received } = await serve();
    await providerFor({ baseUrl: url }).send(sms());
    expect(received).toHaveLength(1);
    expect(log).not.toHaveBeenCalled();
  });
});

describe("a text that was taken", () => {
  it.each(["accepted", "scheduled", "queued", "sending", "sent", "delivered", "new"])("may be %s", async (status) => {
    const { url } = await serve((_request, response) => {
      response.writeHead(201).end(JSON.stringify({ sid: "SM0123", status, error_code: null }));
    });
    expect(await providerFor({ baseUrl: url }).send(sms())).toEqual({ providerMessageId: "SM0123" });
  });
});

describe("a failure", () => {
  it.each([
    ["an answer without an SID", 201, "{}"],
    ["an SID that is none", 201, '{"sid":"+821012345678"}'],
    ["an answer that is null", 201, "null"],
    ["an answer that is no JSON", 200, "<html>ok</html>"],
    ["an answer of nothing", 200, ""],
  ])("is %s", async (_name, status, body) => {
    const { url } = await serve((_request, response) => void response.writeHead(status).end(body));
    const error = await failureOf(providerFor({ baseUrl: url }).send(sms()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it.each([
    ["failed", 21610, { kind: "permanent", code: "21610", address: "suppress" }],
    ["undelivered", 30005, { kind: "permanent", code: "30005", address: "deactivate" }],
    ["failed", 30008, { kind: "transient", code: "30008", fault: "message" }],
    ["failed", 29999, { kind: "permanent", code: "29999", alertOperator: true, fault: "provider" }],
    ["canceled", null, { kind: "permanent", code: "canceled", alertOperator: true, fault: "provider" }],
    ["failed", "what?", { kind: "permanent", code: "failed", alertOperator: true }],
  ])("is a text that was taken and is %s by the time of the answer, with %j", async (status, errorCode, expected) => {
    const { url } = await serve((_request, response) => {
      response.writeHead(201).end(JSON.stringify({ sid: "SM0123", status, error_code: errorCode }));
    });
    expect(await failureOf(providerFor({ baseUrl: url }).send(sms()))).toMatchObject(expected);
  });

  it("is a redirection, which is not followed", async () => {
    const { url, received } = await serve((_request, response) => {
      response.writeHead(307, { location: "/elsewhere" }).end();
    });
    const error = await failureOf(providerFor({ baseUrl: url }).send(sms()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
    expect(received).toHaveLength(1);
  });

  it("is an answer that breaks off", async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(201, { "content-length": "100" });
      response.write('{"sid":', () => request.socket.destroy());
    });
    const error = await failureOf(providerFor({ baseUrl: url }).send(sms()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "connection_reset" });
  });

  it("is an answer that is no HTTP", async () => {
    const server = createTcpServer((socket) => socket.once("data", () => socket.end("what?\r\n\r\n")));
    open.push(server);
    const port = await listen(server);
    const error = await failureOf(providerFor({ baseUrl: `http://127.0.0.1:${port}` }).send(sms()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it("is told apart from those of other texts at the same time", async () => {
    const { url } = await serve((request, response) => {
      const attempt = String(request.headers["x-tidings-attempt"]);
      const seconds = attempt.length;
      response.writeHead(429, { "retry-after": String(seconds) }).end('{"code":20429}');
    });
    const provider = providerFor({ baseUrl: url });
    const attempts = Array.from({ length: 10 }, (_, index) => "x".repeat(index + 1));
    const errors = await Promise.all(attempts.map((attemptId) => failureOf(provider.send(sms({ attemptId })))));
    expect(errors.map(({ retryAfterMs }) => retryAfterMs)).toEqual(attempts.map(({ length }) => length * 1_000));
  });

  it("is a name that does not exist", async () => {
    const error = await failureOf(providerFor({ baseUrl: "https://nobody.invalid" }).send(sms()));
    expect(error).toMatchObject({ kind: "transient", code: "dns_failed" });
  });
});
