import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { type Certificate, loadCertificate } from "../sandbox/certificate.ts";
import { createFcmProvider } from "./fcm.ts";
import { closedAfterTest, failureOf, outgoing, serveHttp } from "./provider.harness.ts";
import type { OutgoingMessage, Provider } from "./provider.ts";

let directory: string;
let certificate: Certificate;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidings-fcm-"));
  certificate = await loadCertificate(directory, new Date());
  return () => rm(directory, { recursive: true });
});

type FcmRequest = {
  message: {
    apns: { headers: Record<string, string> };
    android: { priority: string; ttl?: string };
    webpush?: { headers: Record<string, string> };
  };
};

const takes: RequestListener = (_request, response) => response.end(JSON.stringify({ name: "projects/p/messages/1" }));

const serve = (answer: RequestListener = takes, authority?: Certificate) =>
  serveHttp({ read: (body) => JSON.parse(body) as FcmRequest, answer, ...(authority && { certificate: authority }) });

function providerFor(settings: Partial<Parameters<typeof createFcmProvider>[0]>): Provider {
  const unset = { projectId: null, credentialsFile: null, baseUrl: null, caFile: null };
  return closedAfterTest(createFcmProvider({ ...unset, ...settings }));
}

const push = (changes: Partial<OutgoingMessage> = {}): OutgoingMessage =>
  outgoing({
    channel: "fcm",
    address: "token-1",
    content: { kind: "push", title: "Shipped", body: "On its way", data: { order: "1", attemptId: "forged" } },
    ...changes,
  });

describe("a push", () => {
  it("goes to FCM's path at the given host with its text, its ids and a stable tag", async () => {
    const { url, received } = await serve();
    const { providerMessageId } = await providerFor({ baseUrl: url, projectId: "shop" }).send(push());
    expect(providerMessageId).toBe("projects/p/messages/1");
    expect(received).toMatchObject([
      {
        path: "POST /v1/projects/shop/messages:send",
        headers: { authorization: "Bearer stand-in" },
        body: {
          message: {
            token: "token-1",
            notification: { title: "Shipped", body: "On its way" },
            data: { order: "1", notificationId: "ntf_c2hvcDox", attemptId: "0199-attempt" },
            apns: { headers: { "apns-collapse-id": "0199-delivery" } },
            android: {
              notification: { tag: "0199-delivery" },
              priority: "NORMAL",
            },
          },
        },
      },
    ]);
  });

  it("brings its app what it needs to tell of it, whatever the data says", async () => {
    const { url, received } = await serve();
    const content = {
      kind: "push",
      title: "Shipped",
      body: "On its way",
      data: { notificationToken: "forged" },
    } as const;
    await providerFor({ baseUrl: url, projectId: "shop" }).send(push({ content, pushToken: "a-token" }));
    expect(received).toMatchObject([{ body: { message: { data: { notificationToken: "a-token" } } } }]);
  });

  it.each([
    ["high", "HIGH", undefined],
    ["normal", "NORMAL", undefined],
    ["low", "NORMAL", "5"],
  ] as const)("of %s priority is %s for Android, and %s for Apple's devices", async (priority, android, apple) => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url }).send(push({ priority }));
    expect(received[0]?.body.message.android.priority).toBe(android);
    expect(received[0]?.body.message.apns.headers["apns-priority"]).toBe(apple);
  });

  it.each([
    ["an hour", 3_600_000, 3_590, 3_600],
    ["a past time", -1_000, 0, 0],
    ["longer than FCM keeps anything", 90 * 86_400_000, 2_419_200, 2_419_200],
  ])("lives for %s", async (_name, ms, atLeast, atMost) => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url }).send(push({ expiresAt: new Date(Date.now() + ms) }));
    const { android, webpush } = received[0]?.body.message ?? {};
    const seconds = Number(/^([\d.]+)s$/.exec(android?.ttl ?? "")?.[1]);
    expect(seconds).toBeGreaterThanOrEqual(atLeast);
    expect(seconds).toBeLessThanOrEqual(atMost);
    expect(webpush?.headers).toEqual({ TTL: String(Math.floor(seconds)) });
  });

  it.each([
    ["2026-11-25T08:30:00.999Z", "1795595400"],
    ["1969-12-31T23:59:59.000Z", "0"],
  ])("that ends at %s ends for Apple's devices at %s", async (expiresAt, expected) => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url }).send(push({ expiresAt: new Date(expiresAt) }));
    expect(received[0]?.body.message.apns.headers["apns-expiration"]).toBe(expected);
  });

  it("without an end says nothing of one", async () => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url }).send(push());
    const { apns, android, webpush } = received[0]?.body.message ?? {};
    expect([apns?.headers["apns-expiration"], android?.ttl, webpush]).toEqual([undefined, undefined, undefined]);
  });

  it("goes over TLS to a host that the authority of the settings vouches for", async () => {
    const { url, received } = await serve(takes, certificate);
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
    const { url } = await serve((_request, response) => response.end(body));
    const error = await failureOf(providerFor({ baseUrl: url }).send(push()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
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
