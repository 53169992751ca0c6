import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import twilio from "twilio";
import { describe, expect, it } from "vitest";
import { createMailchimpWebhook, mailchimpSignature } from "./mailchimp-webhook.ts";
import { createSendGridWebhook } from "./sendgrid-webhook.ts";
import { createTwilioWebhook } from "./twilio-webhook.ts";
import { createVonageWebhook, vonageSignature } from "./vonage-webhook.ts";
import type { Webhook, WebhookRequest } from "./webhook.ts";

const NOW = new Date("2026-11-25T08:30:00Z");
const SECONDS = NOW.getTime() / 1_000;
const PUBLIC_URL = "https://tidings.example.com";
const ATTEMPT = randomUUID();
const KEYS = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const PUBLIC_KEY = KEYS.publicKey.export({ format: "der", type: "spki" }).toString("base64");

type Made = Pick<WebhookRequest, "url" | "headers" | "body">;

const form = (fields: Record<string, string>) => Buffer.from(new URLSearchParams(fields).toString());

function twilioRequest(fields: Record<string, string>, token = "token"): Made {
  const url = `/webhooks/twilio?attempt=${ATTEMPT}`;
  const signature = twilio.getExpectedTwilioSignature(token, PUBLIC_URL + url, fields);
  return { url, headers: { "x-twilio-signature": signature }, body: form(fields) };
}

function sendgridRequest(events: unknown, at = SECONDS, key = KEYS.privateKey): Made {
  const body = Buffer.from(typeof events === "string" ? events : JSON.stringify(events));
  const signature = sign("sha256", Buffer.concat([Buffer.from(String(at)), body]), key).toString("base64");
  const headers = {
    "x-twilio-email-event-webhook-signature": signature,
    "x-twilio-email-event-webhook-timestamp": String(at),
  };
  return { url: "/webhooks/sendgrid", headers, body };
}

function vonageRequest(fields: Record<string, string>, at = SECONDS, secret = "secret", hash = "sha256"): Made {
  const signed = { ...fields, timestamp: String(at) };
  const sig = vonageSignature(signed, secret, hash).toUpperCase();
  return { url: "/webhooks/vonage", headers: {}, body: form({ ...signed, sig }) };
}

function mailchimpRequest(events: unknown, key = "key"): Made {
  const url = "/webhooks/mailchimp";
  const fields = { mandrill_events: typeof events === "string" ? events : JSON.stringify(events) };
  return {
    url,
    headers: { "x-mandrill-signature": mailchimpSignature(PUBLIC_URL + url, fields, key) },
    body: form(fields),
  };
}

const DELIVERED = {
  twilio: { MessageSid: "SM1", MessageStatus: "delivered", To: "+14155550123" },
  sendgrid: [
    { event: "delivered", sg_event_id: "e1", sg_message_id: "m1.recvd-0", timestamp: SECONDS, attemptId: ATTEMPT },
  ],
  vonage: { messageId: "V1", status: "delivered", "err-code": "0", "client-ref": ATTEMPT, msisdn: "14155550123" },
  mailchimp: [{ event: "delivered", _id: "c1", ts: SECONDS, msg: { metadata: { attemptId: ATTEMPT } } }],
};

const twilioSettings = {
  accountSid: "AC1",
  authToken: "token",
  from: "Shop",
  baseUrl: null,
  statusCallbackUrl: null,
};

type Case = {
  webhook: Webhook;
  without: Webhook;
  delivered: () => Made;
  forged: () => Made;
  /** Signed an hour ago; null: its signature has no time. */
  stale: (() => Made) | null;
  /** Signed, and no events. */
  garbled: () => Made;
};

const CASES: Record<string, Case> = {
  twilio: {
    webhook: createTwilioWebhook(twilioSettings, PUBLIC_URL),
    without: createTwilioWebhook(null, PUBLIC_URL),
    delivered: () => twilioRequest(DELIVERED.twilio),
    forged: () => twilioRequest(DELIVERED.twilio, "another"),
    stale: null,
    garbled: () => twilioRequest({ hello: "there" }),
  },
  sendgrid: {
    webhook: createSendGridWebhook(PUBLIC_KEY),
    without: createSendGridWebhook(null),
    delivered: () => sendgridRequest(DELIVERED.sendgrid),
    forged: () =>
      sendgridRequest(DELIVERED.sendgrid, SECONDS, generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey),
    stale: () => sendgridRequest(DELIVERED.sendgrid, SECONDS - 3_600),
    garbled: () => sendgridRequest("[{"),
  },
  vonage: {
    webhook: createVonageWebhook("secret"),
    without: createVonageWebhook(null),
    delivered: () => vonageRequest(DELIVERED.vonage),
    forged: () => vonageRequest(DELIVERED.vonage, SECONDS, "another"),
    stale: () => vonageRequest(DELIVERED.vonage, SECONDS - 3_600),
    garbled: () => vonageRequest({ messageId: "", status: "delivered" }),
  },
  mailchimp: {
    webhook: createMailchimpWebhook("key", PUBLIC_URL),
    without: createMailchimpWebhook(null, PUBLIC_URL),
    delivered: () => mailchimpRequest(DELIVERED.mailchimp),
    forged: () => mailchimpRequest(DELIVERED.mailchimp, "another"),
    stale: null,
    garbled: () => mailchimpRequest("[{"),
  },
};

const read = (webhook: Webhook, made: Made) => webhook.read({ ...made, now: NOW });

describe.each(Object.entries(CASES))("a webhook of %s", (_, { webhook, without, delivered, forged, garbled }) => {
  it("tells of a message that was delivered, with our id of its attempt", () => {
    expect(read(webhook, delivered())).toMatchObject({
      events: [{ type: "delivered", attemptId: ATTEMPT, code: null, mark: null }],
    });
  });

  it("is refused without a signature, with another one, and where no key is configured", () => {
    const headers = {};
    const body = delivered()
      .body.toString()
      .replace(/&sig=\w+/, "");
    expect(read(webhook, { ...delivered(), headers, body: Buffer.from(body) })).toEqual({ refused: "unsigned" });
    expect(read(webhook, forged())).toEqual({ refused: "forged" });
    expect(read(without, delivered())).toEqual({ refused: "not_configured" });
  });

  it("is refused with any byte of its body changed", () => {
    const { body, ...made } = delivered();
    // Beside what separates fields, which a form may spell in several ways.
    for (let at = 0; at < body.length; at += 7) {
      const changed = Buffer.from(body);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      const reading = read(webhook, { ...made, body: changed });
      expect([at, "refused" in reading]).toEqual([at, true]);
    }
  });

  it("is refused where it is signed and cannot be read", () => {
    expect(read(webhook, garbled())).toEqual({ refused: "unreadable" });
  });
});

describe.each(["sendgrid", "vonage"])("a webhook of %s", (provider) => {
  it("is refused as the copy of an old one", () => {
    const { webhook, stale } = CASES[provider] ?? {};
    expect(stale && webhook && read(webhook, stale())).toEqual({ refused: "stale" });
  });
});

const eventsOf = (webhook: Webhook | undefined, made: Made) => {
  const reading = webhook === undefined ? null : read(webhook, made);
  if (reading === null || "refused" in reading) throw new Error(`refused: ${JSON.stringify(reading)}`);
  return reading.events;
};

describe("what Twilio says", () => {
  it.each([
    ["sent", undefined, "sent", null],
    ["undelivered", "30005", "failed", "deactivate"],
    ["undelivered", "30004", "failed", "suppress"],
    ["failed", "30008", "failed", null],
    ["read", undefined, "opened", null],
  ])("%s %s means %s, and for the number %s", (MessageStatus, ErrorCode, type, mark) => {
    const fields = { MessageSid: "SM1", MessageStatus, ...(ErrorCode === undefined ? {} : { ErrorCode }) };
    const [event] = eventsOf(CASES["twilio"]?.webhook, twilioRequest(fields));
    expect(event).toMatchObject({ type, mark, code: ErrorCode ?? null });
  });

  it("is no news where the message is on its way, or somebody wrote something", () => {
    const webhook = CASES["twilio"]?.webhook;
    expect(eventsOf(webhook, twilioRequest({ MessageSid: "SM1", MessageStatus: "queued" }))).toEqual([]);
    expect(eventsOf(webhook, twilioRequest({ MessageSid: "SM1", Body: "hello", From: "+14155550123" }))).toEqual([]);
  });

  it("is that somebody wants no more texts, or some again", () => {
    const said = (OptOutType: string) =>
      eventsOf(
        CASES["twilio"]?.webhook,
        twilioRequest({ MessageSid: "SM2", OptOutType, From: "+14155550123", Body: OptOutType }),
      );
    const word = { channel: "sms", address: "+14155550123" };
    expect(said("STOP")).toEqual([{ ...word, key: "SM2:opted_out", type: "opted_out" }]);
    expect(said("START")).toEqual([{ ...word, key: "SM2:opted_in", type: "opted_in" }]);
    expect(said("HELP")).toEqual([]);
  });
});

describe("what SendGrid says", () => {
  it.each([
    [{ event: "bounce", type: "bounce", status: "5.1.1" }, "bounced", "suppress", "5.1.1"],
    [{ event: "bounce", type: "blocked", status: "5.7.1" }, "bounced", null, "5.7.1"],
    [{ event: "dropped", reason: "Bounced Address" }, "failed", "suppress", "dropped"],
    [{ event: "dropped", reason: "Invalid" }, "failed", "suppress", "dropped"],
    [{ event: "dropped", reason: "Invalid SMTPAPI header" }, "failed", null, "dropped"],
    [{ event: "dropped", reason: "Recipient List over Package Quota" }, "failed", null, "dropped"],
    [{ event: "spamreport" }, "complained", "suppress", null],
    [{ event: "open" }, "opened", null, null],
    [{ event: "click" }, "clicked", null, null],
    [{ event: "group_unsubscribe" }, "unsubscribed", "suppress", null],
  ])("%j means %s, and for the address %s", (event, type, mark, code) => {
    const events = eventsOf(CASES["sendgrid"]?.webhook, sendgridRequest([{ sg_event_id: "e", ...event }]));
    expect(events).toMatchObject([{ type, mark, code }]);
  });

  it("is read event by event: one that says nothing keeps no other back", () => {
    const events = [null, 7, { event: "processed", sg_event_id: "e0" }, { event: "deferred" }, ...DELIVERED.sendgrid];
    expect(eventsOf(CASES["sendgrid"]?.webhook, sendgridRequest(events))).toHaveLength(1);
  });

  it("names the message as it did when it took it, and nothing of the person", () => {
    const mail = { ...DELIVERED.sendgrid[0], email: "mina@example.com", reason: "550 no mina@example.com here" };
    const [event] = eventsOf(CASES["sendgrid"]?.webhook, sendgridRequest([mail]));
    expect(event).toMatchObject({ providerMessageId: "m1", occurredAt: NOW });
    expect(JSON.stringify(event)).not.toContain("mina");
  });

  it("is checked with the key of the settings, which must be one", () => {
    expect(() => createSendGridWebhook("bm9uc2Vuc2U=")).toThrow(/SENDGRID_WEBHOOK_PUBLIC_KEY/);
  });
});

describe("what Vonage says", () => {
  it.each([
    [{ status: "accepted", "err-code": "0" }, "sent", null, null],
    [{ status: "failed", "err-code": "3" }, "failed", "deactivate", "3"],
    [{ status: "rejected", "err-code": "9" }, "failed", "suppress", "9"],
    [{ status: "failed", "err-code": "12" }, "failed", null, "12"],
    [{ status: "rejected", "err-code": "4" }, "failed", "suppress", "4"],
    [{ status: "expired", "err-code": "2" }, "failed", null, "2"],
  ])("%j means %s, and for the number %s", (fields, type, mark, code) => {
    const events = eventsOf(CASES["vonage"]?.webhook, vonageRequest({ messageId: "V1", ...fields }));
    expect(events).toMatchObject([{ type, mark, code }]);
  });

  it("may be signed by the stronger of its hashes too, and by no weaker one", () => {
    const { webhook } = CASES["vonage"] ?? {};
    expect(eventsOf(webhook, vonageRequest(DELIVERED.vonage, SECONDS, "secret", "sha512"))).toHaveLength(1);
    expect(webhook?.read({ ...vonageRequest(DELIVERED.vonage, SECONDS, "secret", "md5"), now: NOW })).toEqual({
      refused: "forged",
    });
  });

  it("is taken as JSON as well", () => {
    const signed = { ...DELIVERED.vonage, timestamp: String(SECONDS), scts: "2611250830" };
    const sig = vonageSignature(signed, "secret", "sha256");
    const body = Buffer.from(JSON.stringify({ ...signed, sig }));
    const headers = { "content-type": "application/json" };
    expect(eventsOf(CASES["vonage"]?.webhook, { url: "/webhooks/vonage", headers, body })).toHaveLength(1);
  });

  it("is signed over what is true, false or nothing in JSON too", () => {
    const values = { ...DELIVERED.vonage, timestamp: SECONDS, concat: true, last: false, price: null, parts: 2 };
    const texts = Object.entries(values).map(([name, value]) => [name, value === null ? "" : String(value)] as const);
    const sig = vonageSignature(Object.fromEntries(texts), "secret", "sha256");
    const body = Buffer.from(JSON.stringify({ ...values, sig }));
    const headers = { "content-type": "application/json" };
    expect(eventsOf(CASES["vonage"]?.webhook, { url: "/webhooks/vonage", headers, body })).toHaveLength(1);
  });

  it("is that somebody wants no more texts", () => {
    const fields = { messageId: "V2", msisdn: "14155550123", keyword: "STOP", text: "Stop" };
    const event = { key: "V2:opted_out", type: "opted_out", channel: "sms", address: "+14155550123" };
    for (const made of [fields, { ...fields, status: "" }]) {
      expect(eventsOf(CASES["vonage"]?.webhook, vonageRequest(made))).toEqual([event]);
    }
  });
});

describe("what Mailchimp says", () => {
  it.each([
    ["send", "sent", null],
    ["hard_bounce", "bounced", "suppress"],
    ["soft_bounce", "bounced", null],
    ["open", "opened", null],
    ["spam", "complained", "suppress"],
    ["unsub", "unsubscribed", "suppress"],
    ["reject", "failed", null],
  ])("%s means %s, and for the address %s", (event, type, mark) => {
    const made = mailchimpRequest([{ event, _id: "c1", ts: SECONDS, msg: {} }]);
    expect(eventsOf(CASES["mailchimp"]?.webhook, made)).toMatchObject([{ type, mark, occurredAt: NOW }]);
  });
});
