import type { RequestListener } from "node:http";
import { describe, expect, it } from "vitest";
import { closedAfterTest, failureOf, outgoing, serveHttp } from "./provider.harness.ts";
import type { OutgoingMessage, Provider } from "./provider.ts";
import { createVonageProvider } from "./vonage.ts";

function answerParts(...parts: object[]): RequestListener {
  return answerJson({ "message-count": String(parts.length), messages: parts });
}

function answerJson(body: unknown, status = 200): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
}

const takes = answerParts({ to: "821012345678", "message-id": "0A00", status: "0" });
const formIn = (body: string): unknown => Object.fromEntries(new URLSearchParams(body));
const serve = (answer: RequestListener = takes) => serveHttp({ read: formIn, answer });

type Settings = Parameters<typeof createVonageProvider>[0];

function providerFor(settings: Partial<Settings>): Provider {
  return closedAfterTest(
    createVonageProvider({
      apiKey: "abcd1234",
      apiSecret: "secret",
      from: "+15005550006",
      baseUrl: null,
      statusCallbackUrl: null,
      signatureSecret: null,
      ...settings,
    }),
  );
}

function sms(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return outgoing({
    channel: "sms",
    address: "+821012345678",
    content: { kind: "sms", text: "배송 & more" },
    ...changes,
  });
}

const saying = (text: string): Partial<OutgoingMessage> => ({ content: { kind: "sms", text } });

describe("a text", () => {
  it("goes to Vonage's path with its login, its sender and its ids", async () => {
    const { url, received } = await serve();
    expect(await providerFor({ baseUrl: url }).send(sms())).toEqual({ providerMessageId: "0A00" });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      path: "POST /sms/json",
      headers: {
        host: new URL(url).host,
        "content-type": "application/x-www-form-urlencoded",
        "x-tidings-attempt": "0199-attempt",
        "x-tidings-notification": "ntf_c2hvcDox",
      },
    });
    expect(received[0]?.headers).not.toHaveProperty("authorization");
    expect(received[0]?.body).toEqual({
      api_key: "abcd1234",
      api_secret: "secret",
      to: "821012345678",
      from: "15005550006",
      text: "배송 & more",
      type: "unicode",
      "client-ref": "0199-attempt",
    });
  });

  it.each([
    ["Your code is 1234", "text"],
    ["5 € für ein Frühstück [~]", "text"],
    ["배송", "unicode"],
    ["Done 🫖", "unicode"],
    ["“quoted”", "unicode"],
  ])("of %j goes as %s", async (text, type) => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url }).send(sms(saying(text)));
    expect(received[0]?.body).toMatchObject({ text, type });
  });

  it("of the longest that templates allow goes whole, and has the name of its first part", async () => {
    const parts = Array.from({ length: 24 }, (_, index) => ({ status: "0", "message-id": `part-${index}` }));
    const { url, received } = await serve(answerParts(...parts));
    const text = "배".repeat(1_600);
    expect(await providerFor({ baseUrl: url }).send(sms(saying(text)))).toEqual({ providerMessageId: "part-0" });
    expect(received[0]?.body).toMatchObject({ text });
  });

  it("comes from a name", async () => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url, from: "Shop & Co" }).send(sms());
    expect(received[0]?.body).toMatchObject({ from: "Shop & Co" });
  });

  it.each([201, 202, 299])("is taken where an answer of %i names every part", async (status) => {
    const { url } = await serve(answerJson({ messages: [{ "message-id": "0A00", status: "0" }] }, status));
    expect(await providerFor({ baseUrl: url }).send(sms())).toEqual({ providerMessageId: "0A00" });
  });

  it("says where to tell what became of it", async () => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url, statusCallbackUrl: "https://tidings.example/webhooks/vonage" }).send(sms());
    expect(received[0]?.body).toMatchObject({
      callback: "https://tidings.example/webhooks/vonage?attempt=0199-attempt",
    });
  });

  it.each([
    ["an hour", 3_600_000, 3_590_000, 3_600_000],
    ["a past time", -1_000, 20_000, 20_000],
    ["longer than Vonage keeps anything", 90 * 86_400_000, 604_800_000, 604_800_000],
  ])("waits at most for %s", async (_name, ms, atLeast, atMost) => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url }).send(sms({ expiresAt: new Date(Date.now() + ms) }));
    const ttl = Number((received[0]?.body as { ttl: string }).ttl);
    expect(ttl).toBeGreaterThanOrEqual(atLeast);
    expect(ttl).toBeLessThanOrEqual(atMost);
  });

  it.each(["/vonage", "/vonage/"])("goes below the path %s of the base URL", async (path) => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url + path }).send(sms());
    expect(received[0]?.path).toBe("POST /vonage/sms/json");
  });
});

describe("a failure", () => {
  it.each([
    ["an answer without a name", { "message-count": "1", messages: [{ status: "0" }] }],
    ["an answer of no parts", { "message-count": "0", messages: [] }],
    ["an answer that counts otherwise", { "message-count": "2", messages: [{ status: "0", "message-id": "a" }] }],
    ["an answer of something else", { message_uuid: "aaaaaaaa-bbbb-cccc-dddd-0123456789ab" }],
    ["an answer that is a list", [{ status: "0", "message-id": "a" }]],
    ["an answer whose parts are none", { messages: { status: "0" } }],
    ["an answer that is null", null],
    ["an answer that is a text", "0"],
  ])("is %s", async (_name, body) => {
    const { url } = await serve(answerJson(body));
    const error = await failureOf(providerFor({ baseUrl: url }).send(sms()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it.each([
    ["an answer that is no JSON", 200, "<html>ok</html>"],
    ["an answer of nothing", 200, ""],
    ["an acceptance that names no part", 202, "{}"],
    ["no content", 204, ""],
  ])("is %s", async (_name, status, body) => {
    const { url } = await serve((_request, response) => void response.writeHead(status).end(body));
    const error = await failureOf(providerFor({ baseUrl: url }).send(sms()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it("is a refusal in an answer of 200, whatever else Vonage says", async () => {
    const { url } = await serve(answerParts({ to: "821012345678", status: "4", "error-text": "Bad Credentials" }));
    const error = await failureOf(providerFor({ baseUrl: url }).send(sms()));
    expect(error).toMatchObject({ kind: "transient", code: "4", alertOperator: true });
  });

  it("is a text of which not every part was accepted: it may be read in pieces, or not at all", async () => {
    const { url, received } = await serve(
      answerParts({ status: "0", "message-id": "a" }, { status: "1", "error-text": "Throttled" }),
    );
    const error = await failureOf(providerFor({ baseUrl: url }).send(sms(saying("배".repeat(80)))));
    expect(error).toMatchObject({ kind: "ambiguous", code: "partly_accepted/1" });
    expect(received).toHaveLength(1);
  });

  it("is told apart from those of other texts at the same time", async () => {
    const { url } = await serve((request, response) => {
      const attempt = String(request.headers["x-tidings-attempt"]);
      response.writeHead(429, { "retry-after": String(attempt.length) }).end();
    });
    const provider = providerFor({ baseUrl: url });
    const attempts = Array.from({ length: 10 }, (_, index) => "x".repeat(index + 1));
    const errors = await Promise.all(attempts.map((attemptId) => failureOf(provider.send(sms({ attemptId })))));
    expect(errors.map(({ retryAfterMs }) => retryAfterMs)).toEqual(attempts.map(({ length }) => length * 1_000));
  });
});
