import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { connect, type OutgoingHttpHeaders } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ensureApnsKey } from "./apns-key.ts";
import { type Sandbox, startSandbox } from "./start-sandbox.ts";

const TOKEN = "abcd1234";
const APNS_ID = "01990000-0000-7000-8000-000000000001";

let directory: string;
let sandbox: Sandbox;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidings-sandbox-apns-"));
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

function jwt(header: object, claims: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  return `${encode(header)}.${encode(claims)}.signature`;
}

const secondsAgo = (seconds: number): number => Math.floor(Date.now() / 1_000) - seconds;
const bearer = (age = 0) => `bearer ${jwt({ alg: "ES256", kid: "K" }, { iss: "T", iat: secondsAgo(age) })}`;

type Answer = { status: number; apnsId: unknown; body: unknown };

async function push(
  changes: { path?: string; headers?: OutgoingHttpHeaders; body?: unknown } = {},
  omitted: string[] = [],
): Promise<Answer> {
  const { path = `/3/device/${TOKEN}`, body = { aps: { alert: { title: "Hi", body: "there" } }, attemptId: "a" } } =
    changes;
  const session = connect(sandbox.apnsBaseUrl, { ca: await readFile(sandbox.caFile) });
  const headers: OutgoingHttpHeaders = {
    ":method": "POST",
    ":path": path,
    authorization: bearer(),
    "apns-id": APNS_ID,
    "apns-topic": "com.example.app",
    ...changes.headers,
  };
  for (const name of omitted) Reflect.deleteProperty(headers, name);
  const stream = session.request(headers);
  stream.end(typeof body === "string" ? body : JSON.stringify(body));
  const [answered] = (await once(stream, "response")) as [{ ":status": number; "apns-id"?: string }];
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  session.close();
  return {
    status: answered[":status"],
    apnsId: answered["apns-id"],
    body: text === "" ? null : (JSON.parse(text) as unknown),
  };
}

describe("a push", () => {
  it("is kept with what came along, and its own id is the answer", async () => {
    const body = { aps: { alert: { title: "Hi", body: "there" } }, order: "1", attemptId: "a", notificationId: "n" };
    expect(await push({ body })).toEqual({ status: 200, apnsId: APNS_ID, body: null });
    expect(sandbox.messages()).toMatchObject([
      {
        channel: "apns",
        provider: "apns",
        from: "com.example.app",
        to: TOKEN,
        title: "Hi",
        subject: null,
        text: "there",
        html: null,
        data: { order: "1", attemptId: "a", notificationId: "n" },
        attemptId: "a",
        notificationId: "n",
        outcome: "accepted",
      },
    ]);
  });

  it("may have a text instead of an alert with a title, and no id", async () => {
    const { status, apnsId } = await push({ body: { aps: { alert: "there" } } }, ["apns-id"]);
    expect(status).toBe(200);
    expect(apnsId).toMatch(/^[0-9a-f-]{36}$/);
    expect(sandbox.messages()).toMatchObject([{ title: null, text: "there", attemptId: null }]);
  });

  it.each([
    ["no provider token", {}, ["authorization"], 403, "MissingProviderToken"],
    ["a provider token that is none", { headers: { authorization: "bearer x.y.z" } }, [], 403, "InvalidProviderToken"],
    [
      "a provider token of another kind",
      { headers: { authorization: `bearer ${jwt({ alg: "RS256", kid: "K" }, { iss: "T", iat: secondsAgo(0) })}` } },
      [],
      403,
      "InvalidProviderToken",
    ],
    ["a provider token of yesterday", { headers: { authorization: bearer(86_400) } }, [], 403, "ExpiredProviderToken"],
    ["no topic", {}, ["apns-topic"], 400, "MissingTopic"],
    ["an id that is no UUID", { headers: { "apns-id": "1" } }, [], 400, "BadMessageId"],
    ["a collapse id of 65 bytes", { headers: { "apns-collapse-id": "x".repeat(65) } }, [], 400, "BadCollapseId"],
    ["an unknown priority", { headers: { "apns-priority": "7" } }, [], 400, "BadPriority"],
    ["an unknown type", { headers: { "apns-push-type": "letter" } }, [], 400, "InvalidPushType"],
    ["an expiry that is no time", { headers: { "apns-expiration": "soon" } }, [], 400, "BadExpirationDate"],
    ["a device token that is none", { path: "/3/device/xyz" }, [], 400, "BadDeviceToken"],
    ["half a byte too much in its token", { path: "/3/device/abc" }, [], 400, "BadDeviceToken"],
    ["no alert", { body: {} }, [], 400, "PayloadEmpty"],
    ["what is no JSON", { body: "{" }, [], 400, "PayloadEmpty"],
    ["more than 4096 bytes", { body: { aps: { alert: "x".repeat(4_100) } } }, [], 413, "PayloadTooLarge"],
    ["another path", { path: "/3/devices" }, [], 404, "BadPath"],
    ["another method", { headers: { ":method": "PUT" } }, [], 405, "MethodNotAllowed"],
  ])("with %s is refused as the real API does", async (_name, changes, omitted, status, reason) => {
    expect(await push(changes, omitted)).toMatchObject({ status, body: { reason } });
    expect(sandbox.messages()).toEqual([]);
  });

  it("to a dead token is refused with the time since when it is dead", async () => {
    const before = Date.now();
    const { status, body } = await push({ path: "/3/device/abdead0410" });
    expect(status).toBe(410);
    expect(body).toEqual({ reason: "Unregistered", timestamp: expect.any(Number) as number });
    expect((body as { timestamp: number }).timestamp).toBeGreaterThanOrEqual(before);
  });

  it("to a throttled token is refused for now", async () => {
    expect(await push({ path: "/3/device/abdead0429" })).toMatchObject({
      status: 429,
      body: { reason: "TooManyRequests" },
    });
  });
});

describe("the key", () => {
  it("is a signing key as Apple hands them out, kept to its owner and over restarts", async () => {
    const file = await ensureApnsKey(directory);
    const pem = await readFile(file, "utf8");
    expect(file).toBe(sandbox.apnsKeyFile);
    expect(createPrivateKey(pem).asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await ensureApnsKey(directory);
    expect(await readFile(file, "utf8")).toBe(pem);
  });
});
