import { spawn } from "node:child_process";
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import {
  constants,
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ensureApnsKey } from "../sandbox/apns-key.ts";
import { type Certificate, loadCertificate } from "../sandbox/certificate.ts";
import { createApnsProvider } from "./apns.ts";
import { type OutgoingMessage, type Provider, ProviderError } from "./provider.ts";

let directory: string;
let certificate: Certificate;
let keyFile: string;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidings-apns-"));
  certificate = await loadCertificate(directory, new Date());
  keyFile = await ensureApnsKey(directory);
});

afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

afterAll(() => rm(directory, { recursive: true }));

type Received = { headers: IncomingHttpHeaders; body: unknown };
type Respond = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
type ApnsServer = { url: string; received: Received[]; sessions: ServerHttp2Session[] };

const takes: Respond = (stream, headers) => {
  stream.respond({ ":status": 200, "apns-id": headers["apns-id"] });
  stream.end();
};

function refuses(status: number, body: unknown, headers: Record<string, string> = {}): Respond {
  return (stream) => {
    stream.respond({ ":status": status, ...headers });
    stream.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

/** Keeps what comes; the pushes are answered one after another, and all others as the last one. */
async function serve(...answers: [Respond, ...Respond[]]): Promise<ApnsServer> {
  return serveOver(createSecureServer({ key: certificate.key, cert: certificate.cert }), "https", answers);
}

async function serveOver(
  server: ReturnType<typeof createSecureServer> | ReturnType<typeof createServer>,
  scheme: "http" | "https",
  answers: Respond[],
): Promise<ApnsServer> {
  const received: Received[] = [];
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session: ServerHttp2Session) => {
    session.on("error", () => undefined); // the client may hang up first
    sessions.push(session);
  });
  server.on("sessionError", () => undefined);
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const chunks: Buffer[] = [];
    stream.on("error", () => undefined);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      received.push({ headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
      answers[Math.min(received.length, answers.length) - 1]?.(stream, headers);
    });
  });
  const port = await listen(server);
  open.push({
    close() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  });
  return { url: `${scheme}://127.0.0.1:${port}`, received, sessions };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

type Settings = Parameters<typeof createApnsProvider>[0];

function providerFor(settings: Partial<Settings>): Provider {
  const provider = createApnsProvider({
    keyFile,
    keyId: "KEY1234567",
    teamId: "TEAM123456",
    topic: null,
    baseUrl: null,
    caFile: certificate.caFile,
    ...settings,
  });
  open.push(provider);
  return provider;
}

const ATTEMPT = "01990000-0000-7000-8000-000000000001";
const DELIVERY = "01990000-0000-7000-8000-000000000002";

function push(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    attemptId: ATTEMPT,
    deliveryId: DELIVERY,
    notificationId: "ntf_c2hvcDox",
    channel: "apns",
    address: "abcd1234",
    app: "com.example.app",
    content: {
      kind: "push",
      title: "Shipped",
      body: "On its way",
      data: { order: "1", aps: "forged", attemptId: "x" },
    },
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
  it("goes to the token's path with its text, its ids and a stable collapse id", async () => {
    const { url, received } = await serve(takes);
    expect(await providerFor({ baseUrl: url }).send(push())).toEqual({ providerMessageId: ATTEMPT });
    expect(received).toHaveLength(1);
    expect(received[0]?.headers).toMatchObject({
      ":method": "POST",
      ":path": "/3/device/abcd1234",
      "apns-id": ATTEMPT,
      "apns-collapse-id": DELIVERY,
      "apns-topic": "com.example.app",
      "apns-push-type": "alert",
      "apns-priority": "10",
    });
    expect(received[0]?.headers).not.toHaveProperty("apns-expiration");
    expect(received[0]?.body).toEqual({
      aps: { alert: { title: "Shipped", body: "On its way" } },
      order: "1",
      notificationId: "ntf_c2hvcDox",
      attemptId: ATTEMPT,
    });
  });

  it("is signed with the key of the settings", async () => {
    const { url, received } = await serve(takes);
    await providerFor({ baseUrl: url }).send(push());
    const [, token = ""] = (received[0]?.headers.authorization ?? "").split(" ");
    const [header = "", claims = "", signature = ""] = token.split(".");
    const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as unknown;
    expect(decode(header)).toMatchObject({ alg: "ES256", kid: "KEY1234567" });
    expect(decode(claims)).toMatchObject({ iss: "TEAM123456" });
    const key = { key: createPublicKey(await readFile(keyFile, "utf8")), dsaEncoding: "ieee-p1363" as const };
    const signed = Buffer.from(`${header}.${claims}`);
    expect(verify("sha256", signed, key, Buffer.from(signature, "base64url"))).toBe(true);
  });

  it.each([
    ["high", "10"],
    ["normal", "10"],
    ["low", "5"],
  ] as const)("of %s priority has Apple's priority %s", async (priority, expected) => {
    const { url, received } = await serve(takes);
    await providerFor({ baseUrl: url }).send(push({ priority }));
    expect(received[0]?.headers["apns-priority"]).toBe(expected);
  });

  it("is dropped by Apple once it has expired", async () => {
    const { url, received } = await serve(takes);
    await providerFor({ baseUrl: url }).send(push({ expiresAt: new Date("2030-01-01T00:00:00.900Z") }));
    expect(received[0]?.headers["apns-expiration"]).toBe("1893456000");
  });

  it("goes to the usual app where its contact names none", async () => {
    const { url, received } = await serve(takes);
    const provider = providerFor({ baseUrl: url, topic: "com.example.usual" });
    await provider.send(push({ app: null }));
    await provider.send(push());
    expect(received.map(({ headers }) => headers["apns-topic"])).toEqual(["com.example.usual", "com.example.app"]);
  });

  it.each([
    ["without an app", { app: null }, "missing_topic", true],
    ["to a token that would change the path", { address: "ab/../cd" }, "invalid_address", false],
    ["with a text", { content: { kind: "sms", text: "Hi" } }, "wrong_content", true],
  ] as const)("%s is not sent", async (_name, changes, code, alertOperator) => {
    const { url, received } = await serve(takes);
    const error = await failureOf(providerFor({ baseUrl: url }).send(push(changes)));
    expect(error).toMatchObject({ kind: "permanent", code, alertOperator });
    expect(received).toEqual([]);
  });

  it("goes to a stand-in without TLS", async () => {
    const { url, received } = await serveOver(createServer(), "http", [takes]);
    await providerFor({ baseUrl: url, caFile: null }).send(push());
    expect(received).toHaveLength(1);
  });

  it("takes its own id for APNs' where the answer names none", async () => {
    const { url } = await serve(refuses(200, ""));
    expect(await providerFor({ baseUrl: url }).send(push())).toEqual({ providerMessageId: ATTEMPT });
  });
});

describe("a refusal", () => {
  it("of a token says since when it is dead", async () => {
    const timestamp = Date.parse("2026-11-01T10:00:00Z");
    const { url } = await serve(refuses(410, { reason: "Unregistered", timestamp }));
    expect(await failureOf(providerFor({ baseUrl: url }).send(push()))).toMatchObject({
      kind: "permanent",
      code: "Unregistered",
      address: "deactivate",
      deadSince: new Date(timestamp),
    });
  });

  it("as a bad token counts only where tokens of this environment are known to work", async () => {
    const bad = refuses(400, { reason: "BadDeviceToken" });
    const { url } = await serve(bad, takes, bad, bad);
    const provider = providerFor({ baseUrl: url });
    const verdict = { kind: "permanent", code: "BadDeviceToken" };
    const unproven = { ...verdict, address: undefined, alertOperator: true };
    expect(await failureOf(provider.send(push()))).toMatchObject(unproven);
    await provider.send(push());
    expect(await failureOf(provider.send(push()))).toMatchObject({ ...verdict, address: "deactivate" });
    expect(await failureOf(provider.send(push({ app: "com.example.other" })))).toMatchObject(unproven);
  });

  it("of a provider token that is too old makes the SDK sign another one for the next attempt", async () => {
    const { url, received } = await serve(refuses(403, { reason: "ExpiredProviderToken" }), takes);
    const provider = providerFor({ baseUrl: url });
    const error = await failureOf(provider.send(push()));
    expect(error).toMatchObject({ kind: "transient", code: "ExpiredProviderToken", alertOperator: false });
    await provider.send(push());
    const [before, after] = received.map(({ headers }) => headers.authorization);
    expect(received).toHaveLength(2);
    expect(after).not.toBe(before);
  });

  it.each([
    [429, "TooManyRequests", "throttled"],
    [503, "Shutdown", "ambiguous"],
    [500, "InternalServerError", "ambiguous"],
  ])("with %i is known though the SDK loses it when the connection closes", async (status, reason, kind) => {
    const { url } = await serve((stream) => {
      stream.session?.goaway(constants.NGHTTP2_NO_ERROR);
      refuses(status, { reason }, { "retry-after": "7" })(stream, {});
    });
    expect(await failureOf(providerFor({ baseUrl: url }).send(push()))).toMatchObject({ kind, retryAfterMs: 7_000 });
  });

  it("with 500 does not wait for the other pushes on the connection", async () => {
    const { url, received } = await serve(() => undefined, refuses(500, { reason: "InternalServerError" }));
    const provider = providerFor({ baseUrl: url });
    const deadline = new AbortController();
    const waiting = failureOf(provider.send(push({ signal: deadline.signal })));
    await expect.poll(() => received.length, { timeout: 10_000 }).toBe(1);
    expect(await failureOf(provider.send(push()))).toMatchObject({ kind: "ambiguous", code: "500" });
    deadline.abort();
    await waiting;
  });
});

describe("a failure", () => {
  it.each([
    ["a stream that is reset", (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR)],
    ["a stream that is ended without an answer", (stream: ServerHttp2Stream) => stream.close()],
    [
      "an answer that breaks off",
      (stream: ServerHttp2Stream) => {
        stream.respond({ ":status": 200 });
        stream.write("{", () => stream.session?.destroy());
      },
    ],
    ["an answer of 200 with what is no JSON", refuses(200, "ok")],
  ])("is %s, which leaves a doubt", async (_name, respond) => {
    const { url } = await serve(respond);
    expect((await failureOf(providerFor({ baseUrl: url }).send(push()))).kind).toBe("ambiguous");
  });

  it("is no doubt when the server says that it did not look at the push", async () => {
    const { url } = await serve(takes, (stream) => stream.session?.goaway(constants.NGHTTP2_NO_ERROR, 1));
    const provider = providerFor({ baseUrl: url });
    await provider.send(push());
    expect((await failureOf(provider.send(push()))).kind).toBe("transient");
  });

  it("to trust the host has sent nothing, and calls somebody", async () => {
    const { url, received } = await serve(takes);
    const error = await failureOf(providerFor({ baseUrl: url, caFile: null }).send(push()));
    expect(error).toMatchObject({ kind: "transient", code: "tls_failed", alertOperator: true });
    expect(received).toEqual([]);
  });

  it("is a deadline during the TLS handshake, which has sent nothing and lets go of the connection", async () => {
    const connected = Promise.withResolvers<Socket>();
    const server = createTcpServer((socket) => connected.resolve(socket));
    open.push(server);
    const port = await listen(server);
    const deadline = new AbortController();
    const provider = providerFor({ baseUrl: `https://127.0.0.1:${port}` });
    const failure = failureOf(provider.send(push({ signal: deadline.signal })));
    const socket = await connected.promise;
    deadline.abort();
    expect(await failure).toMatchObject({ kind: "transient", code: "deadline_exceeded" });
    await once(socket.resume(), "close");
  });

  it("is a name that does not exist", async () => {
    const error = await failureOf(providerFor({ baseUrl: "https://nobody.invalid" }).send(push()));
    expect(error).toMatchObject({ kind: "transient", code: "dns_failed" });
  });
});

describe("the connection", () => {
  it("serves one push after another", async () => {
    const { url, sessions } = await serve(takes);
    const provider = providerFor({ baseUrl: url });
    for (let sent = 0; sent < 15; sent++) await provider.send(push());
    expect(sessions).toHaveLength(1);
  });

  it.each([
    ["was closed", (session: ServerHttp2Session) => session.close()],
    ["was announced to close", (session: ServerHttp2Session) => session.goaway(constants.NGHTTP2_NO_ERROR)],
    ["broke", (session: ServerHttp2Session) => session.destroy()],
  ])("is opened again after it %s", async (_name, end) => {
    const { url, sessions } = await serve(takes);
    const provider = providerFor({ baseUrl: url });
    await provider.send(push());
    end(sessions[0] as ServerHttp2Session);
    const connections = async (): Promise<number> => {
      await provider.send(push());
      return sessions.length;
    };
    await expect.poll(connections, { timeout: 10_000 }).toBe(2);
  });

  it("is given up when an answer stays away, and the push that waits is taken back", async () => {
    const cancelled = Promise.withResolvers<number | undefined>();
    const { url, sessions, received } = await serve(
      (stream) => stream.on("close", () => cancelled.resolve(stream.rstCode)),
      takes,
    );
    const provider = providerFor({ baseUrl: url });
    const deadline = new AbortController();
    const failure = failureOf(provider.send(push({ signal: deadline.signal })));
    await expect.poll(() => received.length, { timeout: 10_000 }).toBe(1);
    deadline.abort();
    expect(await failure).toMatchObject({ kind: "ambiguous", code: "deadline_exceeded" });
    expect(await cancelled.promise).toBe(constants.NGHTTP2_CANCEL);
    await provider.send(push());
    expect(sessions).toHaveLength(2);
  });

  it("ends with the provider", async () => {
    const { url, sessions } = await serve(takes);
    const provider = providerFor({ baseUrl: url });
    await provider.send(push());
    const closed = once(sessions[0] as ServerHttp2Session, "close");
    await provider.close();
    await closed;
    expect((await failureOf(provider.send(push()))).kind).toBe("transient");
  });
});

describe("a process that has sent", () => {
  const program = `
    import { createApnsProvider } from ${JSON.stringify(new URL("./apns.ts", import.meta.url).href)};
    const { settings, message } = JSON.parse(process.env.INPUT);
    const provider = createApnsProvider(settings);
    await provider.send({ ...message, signal: new AbortController().signal });
    await new Promise((resolve) => process.once("message", resolve));
    await provider.close();
    process.disconnect();
  `;

  it("ends after the provider was closed, though a connection that the server meant to close is still there", async () => {
    const { url, sessions } = await serve(takes);
    const settings = { keyFile, keyId: "K", teamId: "T", topic: null, baseUrl: url, caFile: certificate.caFile };
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      env: { ...process.env, INPUT: JSON.stringify({ settings, message: push() }) },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    open.push({ close: () => child.kill("SIGKILL") });
    await expect.poll(() => sessions.length, { timeout: 10_000 }).toBe(1);
    // Not answered by the client in any way that Node's server shows.
    sessions[0]?.goaway(constants.NGHTTP2_NO_ERROR);
    child.send("close");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});

describe("settings", () => {
  it.each([
    ["is missing", null, "APNS_KEY_FILE cannot be read (ENOENT)"],
    ["is no key", "canary-7f3a", "APNS_KEY_FILE holds no APNs key"],
    ["is a key of another kind", "rsa", "APNS_KEY_FILE holds no APNs key"],
  ])("say of a key file that %s what is wrong, and not what is in it", async (_name, content, sentence) => {
    const file = join(directory, `${crypto.randomUUID()}.p8`);
    const rsa = () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const text = content === "rsa" ? rsa().export({ type: "pkcs8", format: "pem" }) : content;
    if (text !== null) await writeFile(file, text);
    const failing = (): Provider => providerFor({ keyFile: file });
    expect(failing).toThrow(sentence);
    expect(failing).not.toThrow("canary-7f3a");
  });
});
