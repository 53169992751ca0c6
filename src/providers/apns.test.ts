import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { constants, type ServerHttp2Stream } from "node:http2";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ATTEMPT, DELIVERY, push, refuses, takes, useApns } from "./apns.harness.ts";
import { failureOf } from "./provider.harness.ts";
import type { Provider } from "./provider.ts";

const { directory, providerFor, serve, serveWithoutTls, settingsWith } = useApns();

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

  it("brings its app what it needs to tell of it, whatever the data says", async () => {
    const { url, received } = await serve(takes);
    const content = {
      kind: "push",
      title: "Shipped",
      body: "On its way",
      data: { notificationToken: "forged" },
    } as const;
    await providerFor({ baseUrl: url }).send(push({ content, pushToken: "a-token" }));
    expect(received[0]?.body).toMatchObject({ notificationToken: "a-token" });
  });

  it("is signed with the key of the settings", async () => {
    const { url, received } = await serve(takes);
    await providerFor({ baseUrl: url }).send(push());
    const [, token = ""] = (received[0]?.headers.authorization ?? "").split(" ");
    const [header = "", claims = "", signature = ""] = token.split(".");
    const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as unknown;
    expect(decode(header)).toMatchObject({ alg: "ES256", kid: "KEY1234567" });
    expect(decode(claims)).toMatchObject({ iss: "TEAM123456" });
    const key = {
      key: createPublicKey(await readFile(settingsWith({}).keyFile, "utf8")),
      dsaEncoding: "ieee-p1363" as const,
    };
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
    const { url, received } = await serveWithoutTls(takes);
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
});

describe("settings", () => {
  it.each([
    ["is missing", null, "APNS_KEY_FILE cannot be read (ENOENT)"],
    ["is no key", "canary-7f3a", "APNS_KEY_FILE holds no APNs key"],
    ["is a key of another kind", "rsa", "APNS_KEY_FILE holds no APNs key"],
  ])("say of a key file that %s what is wrong, and not what is in it", async (_name, content, sentence) => {
    const file = join(directory(), `${crypto.randomUUID()}.p8`);
    const rsa = () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const text = content === "rsa" ? rsa().export({ type: "pkcs8", format: "pem" }) : content;
    if (text !== null) await writeFile(file, text);
    const failing = (): Provider => providerFor({ keyFile: file });
    expect(failing).toThrow(sentence);
    expect(failing).not.toThrow("canary-7f3a");
  });
});
