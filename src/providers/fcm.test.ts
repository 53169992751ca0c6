import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createHttpsServer, request as httpsRequest } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Certificate, loadCertificate } from "../sandbox/certificate.ts";
import { createFcmProvider } from "./fcm.ts";
import { HttpAgent, HttpCall } from "./http-call.ts";
import { type OutgoingMessage, type Provider, ProviderError } from "./provider.ts";

let directory: string;
let certificate: Certificate;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidings-fcm-"));
  certificate = await loadCertificate(directory, new Date());
});

afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

afterAll(() => rm(directory, { recursive: true }));

type Received = {
  path: string;
  authorization: string;
  body: { message: { android: { priority: string; ttl?: string } } };
};

/** Keeps what comes and answers by the listener, or as FCM does. */
async function serve(
  options: { secure?: boolean; answer?: RequestListener } = {},
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const authorization = request.headers.authorization ?? "";
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Received["body"];
      received.push({ path: `${request.method ?? ""} ${request.url ?? ""}`, authorization, body });
      if (options.answer === undefined) response.end(JSON.stringify({ name: "projects/p/messages/1" }));
      else options.answer(request, response);
    });
  };
  const server =
    options.secure === true
      ? createHttpsServer({ key: certificate.key, cert: certificate.cert }, listener)
      : createHttpServer(listener);
  const port = await listen(server);
  open.push({
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
  return { url: options.secure === true ? `https://localhost:${port}` : `http://127.0.0.1:${port}`, received };
}

async function serveTcp(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined); // the client may hang up first
    onConnection(socket);
  });
  open.push(server);
  return listen(server);
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

type Settings = Parameters<typeof createFcmProvider>[0];

function providerFor(settings: Partial<Settings>): Provider {
  const provider = createFcmProvider({
    projectId: null,
    credentialsFile: null,
    baseUrl: null,
    caFile: null,
    ...settings,
  });
  open.push(provider);
  return provider;
}

function push(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    attemptId: "0199-attempt",
    deliveryId: "0199-delivery",
    notificationId: "ntf_c2hvcDox",
    channel: "fcm",
    address: "token-1",
    app: null,
    content: { kind: "push", title: "Shipped", body: "On its way", data: { order: "1", attemptId: "forged" } },
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

describe("a push", () => {
  it("goes to FCM's path at the given host with its text, its ids and a stable tag", async () => {
    const { url, received } = await serve();
    const { providerMessageId } = await providerFor({ baseUrl: url, projectId: "shop" }).send(push());
    expect(providerMessageId).toBe("projects/p/messages/1");
    expect(received).toEqual([
      {
        path: "POST /v1/projects/shop/messages:send",
        authorization: "Bearer stand-in",
        body: {
          message: {
            token: "token-1",
            notification: { title: "Shipped", body: "On its way" },
            data: { order: "1", notificationId: "ntf_c2hvcDox", attemptId: "0199-attempt" },
            apns: { headers: { "apns-collapse-id": "0199-delivery" } },
            android: {
              notification: { tag: "0199-delivery" },
              priority: "normal",
            },
          },
        },
      },
    ]);
  });

  it.each([
    ["high", "high"],
    ["normal", "normal"],
    ["low", "normal"],
  ] as const)("of %s priority is %s for Android", async (priority, expected) => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url }).send(push({ priority }));
    expect(received[0]?.body.message.android.priority).toBe(expected);
  });

  it.each([
    ["an hour", 3_600_000, 3_590, 3_600],
    ["a past time", -1_000, 0, 0],
    ["longer than FCM keeps anything", 90 * 86_400_000, 2_419_200, 2_419_200],
  ])("lives for %s", async (_name, ms, atLeast, atMost) => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url }).send(push({ expiresAt: new Date(Date.now() + ms) }));
    const seconds = Number(/^([\d.]+)s$/.exec(received[0]?.body.message.android.ttl ?? "")?.[1]);
    expect(seconds).toBeGreaterThanOrEqual(atLeast);
    expect(seconds).toBeLessThanOrEqual(atMost);
  });

  it("goes over TLS to a host that the authority of the settings vouches for", async () => {
    const { url, received } = await serve({ secure: true });
    await providerFor({ baseUrl: url, caFile: certificate.caFile }).send(push());
    expect(received).toHaveLength(1);
  });
});

describe("a failure", () => {
  it.each([
    ["a body without a name", "{}"],
    ["a body that is null", "null"],
    ["a name that is no text", '{"name":7}'],
    ["a body that is no JSON", "ok"],
    ["nothing", ""],
  ])("is an answer of 200 with %s", async (_name, body) => {
    const { url } = await serve({ answer: (_request, response) => void response.end(body) });
    const error = await failureOf(providerFor({ baseUrl: url }).send(push()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it("is a response that breaks off, for which the SDK would wait for ever", async () => {
    const { url } = await serve({
      answer: (request, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write('{"name":', () => request.socket.destroy());
      },
    });
    const error = await failureOf(providerFor({ baseUrl: url }).send(push()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "connection_reset" });
  });

  it("is an answer that is no HTTP", async () => {
    const port = await serveTcp((socket) => socket.once("data", () => socket.end("what?\r\n\r\n")));
    const error = await failureOf(providerFor({ baseUrl: `http://127.0.0.1:${port}` }).send(push()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it("on a connection that was used before leaves a doubt", async () => {
    let requests = 0;
    const { url } = await serve({
      answer: (request, response) => {
        if (++requests === 2) request.socket.destroy();
        else response.end('{"name":"projects/p/messages/1"}');
      },
    });
    const provider = providerFor({ baseUrl: url });
    await provider.send(push());
    expect((await failureOf(provider.send(push()))).kind).toBe("ambiguous");
    await provider.send(push());
    expect(requests).toBe(3);
  });

  it("of the TLS handshake has sent nothing", async () => {
    const port = await serveTcp((socket) => socket.once("data", () => socket.destroy()));
    const error = await failureOf(providerFor({ baseUrl: `https://127.0.0.1:${port}` }).send(push()));
    expect(error).toMatchObject({ kind: "transient" });
  });

  it("to trust the host has sent nothing, and calls somebody", async () => {
    const { url, received } = await serve({ secure: true });
    const error = await failureOf(providerFor({ baseUrl: url }).send(push()));
    expect(error).toMatchObject({ kind: "transient", code: "tls_failed", alertOperator: true });
    expect(received).toEqual([]);
  });

  it("is a deadline during the TLS handshake, which has sent nothing", async () => {
    const connected = Promise.withResolvers<Socket>();
    const port = await serveTcp((socket) => connected.resolve(socket));
    const deadline = new AbortController();
    const failure = failureOf(
      providerFor({ baseUrl: `https://127.0.0.1:${port}` }).send(push({ signal: deadline.signal })),
    );
    const socket = await connected.promise;
    deadline.abort();
    expect(await failure).toMatchObject({ kind: "transient", code: "deadline_exceeded" });
    await once(socket.resume(), "close");
  });

  it("is a name that does not exist", async () => {
    const error = await failureOf(providerFor({ baseUrl: "http://nobody.invalid" }).send(push()));
    expect(error).toMatchObject({ kind: "transient", code: "dns_failed" });
  });
});

describe("a deadline that passes while the SDK is fetching a token", () => {
  it("keeps the request from being sent later, on a new connection and on a used one", async () => {
    const { url, received } = await serve();
    const agent = new HttpAgent({ host: "fcm.googleapis.com", baseUrl: new URL(url), ca: null });
    const deadline = new AbortController();
    const late = new HttpCall(deadline.signal);
    deadline.abort();
    const request = (call: HttpCall): Promise<unknown> =>
      agent.run(call, async () => {
        const sent = httpsRequest({ agent, method: "POST", host: "fcm.googleapis.com", path: "/" });
        sent.end("{}");
        const [response] = (await once(sent, "response")) as [IncomingMessage];
        return once(response.resume(), "end");
      });
    await expect(request(late)).rejects.toThrow("given up");
    await request(new HttpCall(new AbortController().signal));
    await expect.poll(() => Object.keys(agent.freeSockets), { timeout: 10_000 }).toHaveLength(1);
    await expect(request(late)).rejects.toThrow("given up");
    expect(received).toHaveLength(1);
    agent.destroy();
  });
});

describe("a connection", () => {
  it("serves many pushes one after another and keeps nothing of any", async () => {
    const warnings: string[] = [];
    const note = (warning: Error): void => void warnings.push(warning.name);
    process.on("warning", note);
    const sockets = new Set<Socket>();
    const { url } = await serve({
      answer: (request, response) => {
        sockets.add(request.socket);
        response.end('{"name":"projects/p/messages/1"}');
      },
    });
    const provider = providerFor({ baseUrl: url });
    for (let sent = 0; sent < 15; sent++) await provider.send(push());
    process.off("warning", note);
    expect(sockets.size).toBe(1);
    expect(warnings).not.toContain("MaxListenersExceededWarning");
  });
});

describe("settings", () => {
  const CANARY = "canary-7f3a";

  async function fileWith(content: string): Promise<string> {
    const file = join(directory, `${crypto.randomUUID()}.json`);
    await writeFile(file, content);
    return file;
  }

  it("need a key or a stand-in", () => {
    expect(() => providerFor({})).toThrow("FCM_CREDENTIALS_FILE is needed");
  });

  it.each([
    ["is no JSON", `{"private_key": "${CANARY}`, "is not JSON"],
    ["is no service account", `{"type": "authorized_user", "refresh_token": "${CANARY}"}`, "is no service account key"],
    [
      "holds a broken key",
      JSON.stringify({ project_id: "p", client_email: "a@b.test", private_key: CANARY }),
      "holds no usable service account key",
    ],
  ])("say of a key file that %s what is wrong, and not what is in it", async (_name, content, sentence) => {
    const credentialsFile = await fileWith(content);
    const failing = (): Provider => providerFor({ credentialsFile });
    expect(failing).toThrow(sentence);
    expect(failing).not.toThrow(CANARY);
  });

  it("with a real key send nothing without a token from Google, and give nothing of the key away", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const credentialsFile = await fileWith(
      JSON.stringify({
        type: "service_account",
        project_id: "p",
        private_key_id: CANARY,
        private_key: key,
        client_email: `${CANARY}@p.iam.gserviceaccount.com`,
      }),
    );
    const { url, received } = await serve();
    const provider = providerFor({ credentialsFile, baseUrl: url });
    const error = await failureOf(provider.send(push({ signal: AbortSignal.timeout(5_000) })));
    expect(error.kind).toBe("transient");
    const told = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
    expect(told).not.toContain(CANARY);
    expect(told).not.toContain(key.slice(100, 140));
    expect(received).toEqual([]);
  });
});
