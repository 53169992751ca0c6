import type { RequestListener } from "node:http";
import { describe, expect, it } from "vitest";
import { createMailchimpProvider } from "./mailchimp.ts";
import { closedAfterTest, failureOf, outgoing, serveHttp } from "./provider.harness.ts";
import type { OutgoingMessage, Provider } from "./provider.ts";

function answerJson(body: unknown, status = 200): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
}

const takes = answerJson([{ email: "mina@example.com", status: "sent", reject_reason: null, _id: "a92c" }]);
const serve = (answer: RequestListener = takes) => serveHttp({ read: (body): unknown => JSON.parse(body), answer });

type Settings = Parameters<typeof createMailchimpProvider>[0];

function providerFor(settings: Partial<Settings>): Provider {
  return closedAfterTest(
    createMailchimpProvider({
      apiKey: "md-secret",
      from: "Shop <shop@example.com>",
      baseUrl: null,
      webhookKey: null,
      ...settings,
    }),
  );
}

function mail(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return outgoing({
    channel: "email",
    address: "mina@example.com",
    content: { kind: "email", subject: "Grüße, *|NAME|*", text: "Hello", html: "<p>Hello</p>" },
    ...changes,
  });
}

function written(changes: Partial<{ subject: string; text: string; html: string | null }>): Partial<OutgoingMessage> {
  return { content: { kind: "email", subject: "Hi", text: "Hello", html: null, ...changes } };
}

describe("a mail", () => {
  it("goes to Mailchimp's path at the given host with both its forms and its ids", async () => {
    const { url, received } = await serve();
    expect(await providerFor({ baseUrl: url }).send(mail())).toEqual({ providerMessageId: "a92c" });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      path: "POST /api/1.3/messages/send",
      headers: { host: new URL(url).host, "content-type": "application/json" },
    });
    expect(received[0]?.body).toEqual({
      key: "md-secret",
      message: {
        from_email: "shop@example.com",
        from_name: "Shop",
        to: [{ email: "mina@example.com", type: "to" }],
        subject: "Grüße, *|NAME|*",
        text: "Hello",
        html: "<p>Hello</p>",
        headers: {
          "X-Tidings-Notification": "ntf_c2hvcDox",
          "X-Tidings-Attempt": "0199-attempt",
          "Auto-Submitted": "auto-generated",
        },
        metadata: { attemptId: "0199-attempt", deliveryId: "0199-delivery" },
        merge: false,
      },
    });
  });

  it("has no more metadata than Mailchimp keeps, however long its notification's id is", async () => {
    const { url, received } = await serve();
    const [attemptId, deliveryId] = [crypto.randomUUID(), crypto.randomUUID()];
    await providerFor({ baseUrl: url }).send(mail({ attemptId, deliveryId, notificationId: `ntf_${"x".repeat(310)}` }));
    const { message } = received[0]?.body as { message: { metadata: object } };
    expect(message.metadata).toEqual({ attemptId, deliveryId });
    expect(JSON.stringify(message.metadata).length).toBeLessThan(200);
  });

  it("without HTML is text alone, and without a name of the sender has none", async () => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url, from: "shop@example.com" }).send(mail(written({ html: "" })));
    const { message } = received[0]?.body as { message: object };
    expect(message).toMatchObject({ from_email: "shop@example.com", text: "Hello" });
    expect(Object.keys(message)).not.toContain("html");
    expect(Object.keys(message)).not.toContain("from_name");
  });

  it.each(["/mailchimp", "/mailchimp/"])("goes below the path %s of the base URL", async (path) => {
    const { url, received } = await serve();
    await providerFor({ baseUrl: url + path }).send(mail());
    expect(received[0]?.path).toBe("POST /mailchimp/api/1.3/messages/send");
  });

  it("has the key of its own account, also where there are two", async () => {
    const { url, received } = await serve();
    const providers = ["one", "two"].map((apiKey) => providerFor({ baseUrl: url, apiKey }));
    for (const provider of providers) await provider.send(mail());
    expect(received.map(({ body }) => (body as { key: string }).key)).toEqual(["one", "two"]);
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
});

describe("a failure", () => {
  it("is an error that Mailchimp answers with a 500, and that the SDK does not throw", async () => {
    const { url, received } = await serve(
      answerJson({ status: "error", code: -1, name: "Invalid_Key", message: "Invalid API key" }, 500),
    );
    const error = await failureOf(providerFor({ baseUrl: url }).send(mail()));
    expect(error).toMatchObject({ kind: "transient", code: "Invalid_Key", alertOperator: true });
    expect(received).toHaveLength(1);
  });

  it("is a rejection in an answer of 200", async () => {
    const { url } = await serve(
      answerJson([{ email: "mina@example.com", status: "rejected", reject_reason: "unsub", _id: "a92c" }]),
    );
    const error = await failureOf(providerFor({ baseUrl: url }).send(mail()));
    expect(error).toMatchObject({ kind: "permanent", code: "rejected/unsub", address: "suppress" });
  });

  it.each([
    ["no JSON", "<html>ok</html>"],
    ["nothing", ""],
    ["an empty list", "[]"],
    ["half an answer", '[{"email":'],
  ])("is an answer of %s", async (_name, body) => {
    const { url } = await serve((_request, response) => void response.writeHead(200).end(body));
    const error = await failureOf(providerFor({ baseUrl: url }).send(mail()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });
});

describe("settings", () => {
  it.each(["shop", "a@b.test, c@d.test", ""])("refuse the sender %j in one sentence", (from) => {
    expect(() => providerFor({ from })).toThrow("EMAIL_FROM must be one address");
  });
});
