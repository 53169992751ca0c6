// Stand-ins that take what the providers' published descriptions allow, and answer as those say. The parts of them that
// we use: https://github.com/twilio/twilio-oai (twilio_api_v2010), https://github.com/twilio/sendgrid-oai (tsg_mail_v3),
// https://github.com/Nexmo/api-specification (sms), https://github.com/mailchimp/mailchimp-client-lib-codegen
// (transactional, 1.3 and 1.4) and https://github.com/googleapis/google-api-python-client (fcm.v1).

import type { RequestListener } from "node:http";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { RenderedContent } from "../domain/rendered-content.ts";
import { partsOf } from "../rendering/template-parts.ts";
import { createFcmProvider } from "./fcm.ts";
import { REJECT_REASONS } from "./mailchimp-status.ts";
import { createMailchimpProvider } from "./mailchimp.ts";
import { closedAfterTest, failureOf, outgoing, type Received, serveHttp } from "./provider.harness.ts";
import type { OutgoingMessage } from "./provider.ts";
import { createSendGridProvider } from "./sendgrid.ts";
import { createTwilioProvider } from "./twilio.ts";
import { createVonageProvider } from "./vonage.ts";

/** What a mock says to a request that the description does not allow (RFC 9457). */
const VIOLATION = { type: "about:blank", title: "Invalid request", status: 422, detail: "see validation" };

/** What a template can make at most. */
function longestSubject(): string {
  const [part] = partsOf("email", { locale: "default", content: { subject: "-", text: "-" } });
  return "x".repeat(part?.maxLength ?? NaN);
}

function answerJson(status: number, body: unknown): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
}

describe("Twilio as it is described", () => {
  const ACCOUNT = `AC${"0a".repeat(16)}`;
  const SID = `SM${"0a".repeat(16)}`;

  /** The form of a new message; strict, so that a name that is not described is found. */
  const FORM = z.strictObject({
    To: z.e164(),
    From: z.string().optional(),
    MessagingServiceSid: z
      .string()
      .regex(/^MG[0-9a-fA-F]{32}$/)
      .optional(),
    Body: z.string(),
    StatusCallback: z.url().optional(),
    ValidityPeriod: z.coerce.number().int().min(1).max(36_000).optional(),
  });
  const REQUEST = z.object({
    path: z.string().regex(/^POST \/2010-04-01\/Accounts\/AC[0-9a-fA-F]{32}\/Messages\.json$/),
    headers: z.object({
      authorization: z.string().regex(/^Basic \S+$/),
      "content-type": z.string().regex(/^application\/x-www-form-urlencoded\b/),
    }),
    body: FORM,
  });

  /** A message that was made, with its sender left out where that is a Messaging Service's business. */
  const created = (sid: string | null) => ({
    account_sid: ACCOUNT,
    api_version: "2010-04-01",
    body: "Hello",
    date_created: "Thu, 24 Aug 2023 05:01:45 +0000",
    date_sent: null,
    date_updated: "Thu, 24 Aug 2023 05:01:45 +0000",
    direction: "outbound-api",
    error_code: null,
    error_message: null,
    from: null,
    messaging_service_sid: `MG${"0a".repeat(16)}`,
    num_media: "0",
    num_segments: "1",
    price: null,
    price_unit: null,
    sid,
    status: "queued",
    subresource_uris: { media: `/2010-04-01/Accounts/${ACCOUNT}/Messages/${SID}/Media.json` },
    to: "+14155552345",
    uri: `/2010-04-01/Accounts/${ACCOUNT}/Messages/${SID}.json`,
  });

  type Settings = Parameters<typeof createTwilioProvider>[0];

  async function send(
    answer: RequestListener,
    settings: Partial<Settings> = {},
    changes: Partial<OutgoingMessage> = {},
  ): Promise<{ sending: Promise<unknown>; received: Received<Record<string, string>>[] }> {
    const read = (body: string) => Object.fromEntries(new URLSearchParams(body));
    const { url, received } = await serveHttp({ read, answer });
    const provider = closedAfterTest(
      createTwilioProvider({
        accountSid: ACCOUNT,
        authToken: "secret",
        from: "+15005550006",
        baseUrl: url,
        statusCallbackUrl: null,
        ...settings,
      }),
    );
    const content: RenderedContent = { kind: "sms", text: "Grüße & 배송" };
    return {
      sending: provider.send(outgoing({ channel: "sms", address: "+14155552345", content, ...changes })),
      received,
    };
  }

  it.each<[string, Partial<Settings>, Partial<OutgoingMessage>]>([
    ["from a number", {}, {}],
    ["from a name", { from: "Shop" }, {}],
    ["from a Messaging Service", { from: `MG${"0a".repeat(16)}` }, {}],
    ["with a callback", { statusCallbackUrl: "https://tidings.example/webhooks/twilio" }, {}],
    ["that expires", {}, { expiresAt: new Date(Date.now() + 90_000) }],
  ])("takes a text %s", async (_name, settings, changes) => {
    const { sending, received } = await send(answerJson(201, created(SID)), settings, changes);
    await sending;
    expect(received).toHaveLength(1);
    REQUEST.parse(received[0]);
  });

  it.each([SID, `MM${"0A".repeat(16)}`])("names the message that was made: %s", async (sid) => {
    const { sending } = await send(answerJson(201, created(sid)));
    expect(await sending).toEqual({ providerMessageId: sid });
  });

  it("may leave the name out, and then nobody knows what was made", async () => {
    const { sending } = await send(answerJson(201, created(null)));
    expect(await failureOf(sending)).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it.each([
    ["an acceptance of nothing", 202, null],
    ["no content", 204, null],
    ["another resource", 200, { sid: `AC${"0a".repeat(16)}`, status: "active" }],
    ["a list of messages", 200, { messages: [created(SID)], page: 0 }],
  ])("is not taken at its word for %s", async (_name, status, body) => {
    const { sending } = await send((request, response) => {
      if (body === null) response.writeHead(status).end();
      else answerJson(status, body)(request, response);
    });
    expect(await failureOf(sending)).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it("speaks another language where a mock finds a violation, which somebody has to mend", async () => {
    const { sending } = await send(answerJson(422, VIOLATION));
    expect(await failureOf(sending)).toMatchObject({ kind: "transient", code: "422", alertOperator: true });
  });
});

describe("SendGrid as it is described", () => {
  const MAILBOX = z.object({ email: z.email(), name: z.string().optional() });
  const REQUEST = z.object({
    path: z.literal("POST /v3/mail/send"),
    headers: z.object({
      authorization: z.string().regex(/^Bearer \S+$/),
      "content-type": z.literal("application/json"),
      "content-encoding": z.literal("gzip").optional(),
    }),
    // Strict, so that a name that is not described is found.
    body: z.strictObject({
      personalizations: z.array(
        z.strictObject({ to: z.array(MAILBOX), custom_args: z.record(z.string(), z.string()).optional() }),
      ),
      from: MAILBOX,
      subject: z.string().min(1),
      content: z.array(z.strictObject({ type: z.string().min(1), value: z.string().min(1) })).min(1),
      headers: z.record(z.string(), z.string()).optional(),
      // Of a whole mail it is described as a text; the object that it is belongs to a personalization.
      custom_args: z.string().optional(),
    }),
  });

  async function send(
    answer: RequestListener,
    changes: Partial<RenderedContent & { kind: "email" }> = {},
  ): Promise<{ sending: Promise<unknown>; received: Received<unknown>[] }> {
    const { url, received } = await serveHttp({ read: (body): unknown => JSON.parse(body), answer });
    const provider = closedAfterTest(
      createSendGridProvider({
        apiKey: "SG.secret",
        from: "Shop <shop@example.com>",
        baseUrl: url,
        webhookPublicKey: null,
      }),
    );
    const content: RenderedContent = { kind: "email", subject: "Grüße", text: "Hello", html: null, ...changes };
    return { sending: provider.send(outgoing({ channel: "email", address: "mina@example.com", content })), received };
  }

  const accepted: RequestListener = (_request, response) => void response.writeHead(202).end();

  it.each([
    ["text alone", {}],
    ["text and HTML", { html: "<p>Hello</p>" }],
    ["HTML of which nothing is left", { html: "" }],
    ["a text of which nothing is left", { text: "" }],
    ["a subject of which nothing is left", { subject: "" }],
  ])("takes a mail of %s", async (_name, changes) => {
    const { sending, received } = await send(accepted, changes);
    expect(await sending).toEqual({ providerMessageId: null });
    expect(received).toHaveLength(1);
    REQUEST.parse(received[0]);
  });

  it.each([
    [400, { message: "invalid request", field: "null" }, { kind: "permanent", code: "400" }],
    [401, { message: "authorization required", field: "null" }, { kind: "transient", alertOperator: true }],
    [403, { message: "access forbidden", field: "null" }, { kind: "transient", alertOperator: true }],
    [404, { message: "not found", field: "null" }, { kind: "transient", alertOperator: true }],
    [405, { message: "method not allowed", field: "null" }, { kind: "transient", alertOperator: true }],
    [413, { message: "content too large", field: "null" }, { kind: "permanent", code: "413" }],
    [500, { message: "internal server error" }, { kind: "ambiguous", code: "500" }],
  ])("refuses with %i", async (status, problem, expected) => {
    const { sending } = await send(answerJson(status, { errors: [problem] }));
    expect(await failureOf(sending)).toMatchObject({ code: String(status), ...expected });
  });

  it.each([200, 201, 204])("is not taken at its word for a %i that names no mail", async (status) => {
    const { sending } = await send((_request, response) => void response.writeHead(status).end());
    expect(await failureOf(sending)).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it("speaks another language where a mock finds a violation, which somebody has to mend", async () => {
    const { sending } = await send(answerJson(422, VIOLATION));
    expect(await failureOf(sending)).toMatchObject({ kind: "transient", code: "422", alertOperator: true });
  });
});

describe("Vonage as it is described", () => {
  const REQUEST = z.object({
    path: z.literal("POST /sms/json"),
    headers: z.object({ "content-type": z.literal("application/x-www-form-urlencoded") }),
    // Strict, so that a name that is not described is found.
    body: z.strictObject({
      api_key: z.string().length(8),
      api_secret: z.string().min(6).max(32),
      from: z.string().min(1),
      to: z.string().regex(/^\d{7,15}$/),
      text: z.string(),
      type: z.enum(["text", "unicode"]),
      ttl: z.coerce.number().int().min(20_000).max(604_800_000).optional(),
      callback: z.url().optional(),
      "client-ref": z.string().max(40),
    }),
  });

  const part = (changes: object = {}) => ({
    to: "447700900000",
    "message-id": "0A0000000123ABCD1",
    status: "0",
    "remaining-balance": "3.14159265",
    "message-price": "0.03330000",
    network: "12345",
    "client-ref": "my-personal-reference",
    "account-ref": "customer1234",
    ...changes,
  });

  type Settings = Parameters<typeof createVonageProvider>[0];

  async function send(
    answer: RequestListener,
    settings: Partial<Settings> = {},
    changes: Partial<OutgoingMessage> = {},
  ): Promise<{ sending: Promise<unknown>; received: Received<unknown>[] }> {
    const read = (body: string) => Object.fromEntries(new URLSearchParams(body));
    const { url, received } = await serveHttp({ read, answer });
    const provider = closedAfterTest(
      createVonageProvider({
        apiKey: "abcd1234",
        apiSecret: "abcdef0123456789",
        from: "AcmeInc",
        baseUrl: url,
        statusCallbackUrl: null,
        signatureSecret: null,
        ...settings,
      }),
    );
    const content: RenderedContent = { kind: "sms", text: "Grüße & 배송" };
    const message = outgoing({ channel: "sms", address: "+447700900000", content, ...changes });
    return { sending: provider.send({ ...message, attemptId: crypto.randomUUID() }), received };
  }

  it.each<[string, Partial<Settings>, Partial<OutgoingMessage>]>([
    ["from a name", {}, {}],
    ["from a number", { from: "+15005550006" }, {}],
    ["with a callback", { statusCallbackUrl: "https://tidings.example/webhooks/vonage" }, {}],
    ["that expires at once", {}, { expiresAt: new Date() }],
    ["of plain characters", {}, { content: { kind: "sms", text: "Hello World!" } }],
  ])("takes a text %s", async (_name, settings, changes) => {
    const { sending, received } = await send(
      answerJson(200, { "message-count": "1", messages: [part()] }),
      settings,
      changes,
    );
    expect(await sending).toEqual({ providerMessageId: "0A0000000123ABCD1" });
    expect(received).toHaveLength(1);
    REQUEST.parse(received[0]);
  });

  it.each([
    ["2", "permanent"],
    ["4", "transient"],
    ["1", "throttled"],
  ])("refuses with the status %s in an answer of 200", async (status, kind) => {
    const body = { "message-count": "1", messages: [{ status, "error-text": "Missing to param" }] };
    const { sending } = await send(answerJson(200, body));
    expect(await failureOf(sending)).toMatchObject({ kind, code: status });
  });

  it("may leave everything out, and then nobody knows what was made", async () => {
    for (const body of [{}, { "message-count": "1", messages: [{}] }]) {
      const { sending } = await send(answerJson(200, body));
      expect(await failureOf(sending)).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
    }
  });

  it("speaks another language where a mock finds a violation, which somebody has to mend", async () => {
    const { sending } = await send(answerJson(422, VIOLATION));
    expect(await failureOf(sending)).toMatchObject({ kind: "transient", code: "422", alertOperator: true });
  });
});

describe("FCM as it is described", () => {
  const TEXTS = z.record(z.string(), z.string());
  /** "The key should not be a reserved word", as some are. */
  const DATA = z.record(z.string().regex(/^(?!from$|message_type$|google|gcm)/), z.string());
  const REQUEST = z.object({
    path: z.string().regex(/^POST \/v1\/projects\/[^/]+\/messages:send$/),
    headers: z.object({
      authorization: z.string().regex(/^Bearer \S+$/),
      "content-type": z.string().regex(/^application\/json\b/),
    }),
    // Strict, so that a name that is not described is found.
    body: z.strictObject({
      message: z.strictObject({
        token: z.string(),
        notification: z.strictObject({ title: z.string(), body: z.string(), image: z.string().optional() }),
        data: DATA,
        android: z.strictObject({
          collapseKey: z.string().optional(),
          priority: z.enum(["NORMAL", "HIGH"]).optional(),
          ttl: z
            .string()
            .regex(/^\d+(\.\d{1,9})?s$/)
            .optional(),
          notification: z.strictObject({ tag: z.string().optional() }).optional(),
        }),
        apns: z.strictObject({ headers: TEXTS.optional(), payload: z.record(z.string(), z.unknown()).optional() }),
        webpush: z.strictObject({ headers: TEXTS.optional() }).optional(),
      }),
      validateOnly: z.boolean().optional(),
    }),
  });

  async function send(
    answer: RequestListener,
    changes: Partial<OutgoingMessage> = {},
  ): Promise<{ sending: Promise<unknown>; received: Received<unknown>[] }> {
    const { url, received } = await serveHttp({ read: (body): unknown => JSON.parse(body), answer });
    const settings = { projectId: "shop", credentialsFile: null, baseUrl: url, caFile: null };
    const provider = closedAfterTest(createFcmProvider(settings));
    const content: RenderedContent = { kind: "push", title: "Grüße", body: "배송", data: { order: "1" } };
    return { sending: provider.send(outgoing({ channel: "fcm", address: "token-1", content, ...changes })), received };
  }

  const name = "projects/shop/messages/0:1500415314455276%31bd1c9631bd1c96";

  it.each<[string, Partial<OutgoingMessage>]>([
    ["without an end", {}],
    ["that is urgent", { priority: "high" }],
    ["that may wait", { priority: "low" }],
    ["that ends", { expiresAt: new Date(Date.now() + 90_000), pushToken: "a-token" }],
  ])("takes a push %s", async (_name, changes) => {
    const { sending, received } = await send(answerJson(200, { name }), changes);
    expect(await sending).toEqual({ providerMessageId: name });
    expect(received).toHaveLength(1);
    REQUEST.parse(received[0]);
  });

  it("may leave the name out, and then nobody knows what was made", async () => {
    const { sending } = await send(answerJson(200, {}));
    expect(await failureOf(sending)).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });

  it("speaks another language where a mock finds a violation, which somebody has to mend", async () => {
    const { sending } = await send(answerJson(422, VIOLATION));
    expect(await failureOf(sending)).toMatchObject({ kind: "transient", code: "422", alertOperator: true });
  });
});

describe("Mailchimp as it is described", () => {
  const REQUEST = z.object({
    path: z.literal("POST /api/1.3/messages/send"),
    headers: z.object({ "content-type": z.literal("application/json") }),
    // Strict, so that a name that is not described is found.
    body: z.strictObject({
      key: z.string().min(1),
      message: z.strictObject({
        from_email: z.email(),
        from_name: z.string().optional(),
        to: z.array(z.strictObject({ email: z.email(), type: z.enum(["to", "cc", "bcc"]) })).length(1),
        subject: z.string().max(998),
        text: z.string(),
        html: z.string().optional(),
        headers: z.record(z.string(), z.string()),
        metadata: z.record(z.string(), z.string()),
        merge: z.boolean(),
      }),
    }),
  });

  const result = (changes: object = {}) => ({
    email: "recipient.email@example.com",
    status: "sent",
    reject_reason: null,
    queued_reason: null,
    _id: "a92c74e4c5d74998ba690cd535483bb7",
    ...changes,
  });

  async function send(
    answer: RequestListener,
    changes: Partial<RenderedContent & { kind: "email" }> = {},
  ): Promise<{ sending: Promise<unknown>; received: Received<unknown>[] }> {
    const { url, received } = await serveHttp({ read: (body): unknown => JSON.parse(body), answer });
    const provider = closedAfterTest(
      createMailchimpProvider({
        apiKey: "ONzNrsmbtNXoIKyfPmjnig",
        from: "Shop <shop@example.com>",
        baseUrl: url,
        webhookKey: null,
      }),
    );
    const content: RenderedContent = { kind: "email", subject: "Grüße", text: "Hello", html: null, ...changes };
    return { sending: provider.send(outgoing({ channel: "email", address: "mina@example.com", content })), received };
  }

  it.each([
    ["text alone", {}],
    ["text and HTML", { html: "<p>Hello</p>" }],
    ["HTML of which nothing is left", { html: "" }],
    ["a subject of which nothing is left", { subject: "" }],
    ["the longest subject", { subject: longestSubject() }],
  ])("takes a mail of %s", async (_name, changes) => {
    const { sending, received } = await send(answerJson(200, [result()]), changes);
    expect(await sending).toEqual({ providerMessageId: "a92c74e4c5d74998ba690cd535483bb7" });
    expect(received).toHaveLength(1);
    REQUEST.parse(received[0]);
  });

  it.each([
    ["sent", null],
    ["queued", "hourly-quota-exhausted"],
    ["scheduled", null],
  ])("takes a mail that is %s", async (status, queued_reason) => {
    const { sending } = await send(answerJson(200, [result({ status, queued_reason })]));
    await sending;
  });

  it.each(Object.keys(REJECT_REASONS))("rejects for %s in an answer of 200", async (reject_reason) => {
    const { sending } = await send(answerJson(200, [result({ status: "rejected", reject_reason })]));
    expect(await failureOf(sending)).toMatchObject({ code: `rejected/${reject_reason}` });
  });

  it.each([
    [401, { code: 401, name: "Invalid_Key", message: "Invalid API key" }, "transient"],
    [402, { code: 10, name: "PaymentRequired", message: "Only for accounts with a positive balance." }, "transient"],
    [404, { code: 12, name: "Unknown_Subaccount", message: "No subaccount exists with the id" }, "transient"],
    [500, { code: -1, name: "GeneralError", message: "An unknown error occurred" }, "ambiguous"],
    [500, { code: -2, name: "ValidationError", message: "Validation error" }, "permanent"],
    [500, { code: -1, name: "Invalid_Key", message: "Invalid API key" }, "transient"],
  ])("refuses with %i and %j", async (status, error, kind) => {
    const { sending } = await send(answerJson(status, { status: "error", ...error }));
    expect(await failureOf(sending)).toMatchObject({ kind, code: error.name });
  });

  it("speaks another language where a mock finds a violation, which somebody has to mend", async () => {
    const { sending } = await send(answerJson(422, VIOLATION));
    expect(await failureOf(sending)).toMatchObject({ kind: "transient", code: "422", alertOperator: true });
  });
});
