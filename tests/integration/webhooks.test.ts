import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendWebhook, webhooksFor } from "../../src/sandbox/receipts.ts";
import { SANDBOX_KEYS, SENDGRID_PUBLIC_KEY } from "../../src/sandbox/sandbox-keys.ts";
import { addRule } from "../support/sandbox-rules.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

const PROVIDERS = ["sendgrid", "mailchimp", "twilio", "vonage"] as const;
type Provider = (typeof PROVIDERS)[number];

let system: System;

beforeAll(async () => {
  system = await startSystem({
    settings: (sandbox) => ({
      EMAIL_PROVIDERS: "sendgrid,mailchimp",
      SENDGRID_API_KEY: "SG.sandbox",
      SENDGRID_BASE_URL: sandbox.sendgridBaseUrl,
      SENDGRID_WEBHOOK_PUBLIC_KEY: SENDGRID_PUBLIC_KEY,
      MAILCHIMP_API_KEY: "sandbox",
      MAILCHIMP_BASE_URL: sandbox.mailchimpBaseUrl,
      MAILCHIMP_WEBHOOK_KEY: SANDBOX_KEYS.mailchimpWebhookKey,
      VONAGE_API_KEY: "sandbox",
      VONAGE_API_SECRET: "sandbox",
      VONAGE_FROM: "Shop",
      VONAGE_BASE_URL: sandbox.vonageBaseUrl,
      VONAGE_SIGNATURE_SECRET: SANDBOX_KEYS.vonageSignatureSecret,
    }),
  });
  await seed(system);
  await ok(system.call("PUT", "/v1/categories/texts", { channels: ["sms"] }));
  await ok(system.call("PUT", "/v1/categories/alarms", { channels: ["email"], mandatory: true }));
  await ok(system.call("PUT", "/v1/categories/letters-once", { channels: ["email"], guarantee: "at_most_once" }));
});

afterAll(() => system.stop());

let users = 0;

/** A notification to somebody new, through this provider. */
async function sentBy(
  provider: Provider,
  category: string,
  to: string = `user-${++users}`,
  data: object = { item_name: "Blue kettle" },
) {
  for (const other of PROVIDERS) {
    await ok(system.call("PUT", `/v1/providers/${other}`, { paused: other !== provider }));
  }
  await ok(system.call("PUT", `/v1/users/${to}`, { attributes: { first_name: "Kim" } }));
  const number = `+1415555${String(1_000 + Number(to.split("-")[1]))}`;
  await ok(system.call("POST", `/v1/users/${to}/contacts`, { channel: "email", address: `${to}@example.com` }));
  await ok(system.call("POST", `/v1/users/${to}/contacts`, { channel: "sms", address: number }));
  const request = order(`${provider}-${category}-${crypto.randomUUID()}`, { to: { userId: to }, category, data });
  const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", request));
  return { to, notification: await system.finished(id), messages: () => system.messagesOf(id) };
}

/** What the sandbox answers when it is told to let the provider tell this. */
async function told(messageId: string | undefined, type: string): Promise<number> {
  const response = await fetch(`${system.sandbox.url}/messages/${messageId}/receipts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type }),
  });
  return response.status;
}

const statusOf = async ({ id }: Notification) => {
  const { status, deliveries } = await ok(system.call<Notification>("GET", `/v1/notifications/${id}`));
  return [status, deliveries[0]?.status];
};

describe.each([
  ["sendgrid", "letters", ["delivered", "opened", "clicked", "complained"]],
  ["mailchimp", "letters", ["delivered", "opened", "clicked", "complained"]],
  ["twilio", "texts", ["delivered", "opened"]],
  ["vonage", "texts", ["delivered"]],
] as const)("a receipt of %s", (provider, category, types) => {
  it("takes a delivery of its provider forward, and is in the timeline", async () => {
    const { notification, messages } = await sentBy(provider, category);
    expect(notification.status).toBe("sent");
    for (const type of types) {
      expect(await told(messages()[0]?.id, type)).toBe(201);
      expect(await statusOf(notification)).toEqual(["sent", type]);
    }
    const path = `/v1/notifications/${notification.id}/timeline`;
    const { items } = await ok(
      system.call<{ items: { type: string; detail: Record<string, unknown> }[] }>("GET", path),
    );
    const told_ = items.filter(({ type }) => type === "receipt").map(({ detail }) => [detail.provider, detail.type]);
    expect(told_).toEqual(types.map((type) => [provider, type]));
  });

  it("changes nothing where it is not signed, or signed for something else", async () => {
    const { notification, messages } = await sentBy(provider, category);
    const url = `${system.apis[0]?.url}/webhooks/${provider}`;
    const unsigned = await fetch(url, { method: "POST", body: JSON.stringify([{ event: "delivered" }]) });
    expect(unsigned.status).toBe(403);
    expect(await unsigned.json()).toMatchObject({ code: "invalid_signature" });
    const forged = {
      "x-twilio-signature": "AAAA",
      "x-mandrill-signature": "AAAA",
      "x-twilio-email-event-webhook-signature": "AAAA",
      "x-twilio-email-event-webhook-timestamp": String(Math.floor(Date.now() / 1_000)),
    };
    const body = `attempt=${messages()[0]?.attemptId}&sig=${"ab".repeat(32)}&timestamp=${Math.floor(Date.now() / 1_000)}`;
    expect((await fetch(url, { method: "POST", headers: forged, body })).status).toBe(403);
    expect(await statusOf(notification)).toEqual(["sent", "sent"]);
  });
});

describe("the receipts of a long text by Vonage", () => {
  it("come of each part, and it is delivered with the last one", async () => {
    const { notification, messages } = await sentBy("vonage", "texts", undefined, { item_name: "a".repeat(200) });
    expect(notification.deliveries[0]).toMatchObject({ status: "sent", segments: 2 });
    expect(await told(messages()[0]?.id, "delivered")).toBe(201);
    expect(await statusOf(notification)).toEqual(["sent", "delivered"]);
    const path = `/v1/notifications/${notification.id}/timeline`;
    const { items } = await ok(system.call<{ items: { type: string }[] }>("GET", path));
    expect(items.filter(({ type }) => type === "receipt")).toHaveLength(2);
  });
});

describe("a receipt that comes again and again", () => {
  it("has one effect in 46 copies, shuffled among those of others, that come at the same time", async () => {
    const { notification, messages } = await sentBy("sendgrid", "letters");
    const [message] = messages();
    if (message === undefined) throw new Error("nothing was sent");
    const types = ["delivered", "opened", "clicked", "complained"] as const;
    const [target, now] = [{ url: system.apis[0]?.url ?? "", publicUrl: "" }, new Date()];
    const webhooks = types.flatMap((type) => webhooksFor({ message, publicUrl: "", now }, type));
    const copies = webhooks.flatMap((webhook) => Array.from({ length: 46 }, () => webhook));
    // 37 and their number have no common divisor, so each copy is told once.
    const shuffled = copies.map((_, index) => copies[(index * 37) % copies.length]);
    // As a provider tells again what was answered with a 503.
    const tell = (copy: (typeof webhooks)[number] | undefined) =>
      waitFor("a receipt to be taken", async () => {
        const status = copy && (await sendWebhook(target, copy));
        return status === 503 ? null : status;
      });
    expect(new Set(await Promise.all(shuffled.map(tell)))).toEqual(new Set([200]));
    expect(await statusOf(notification)).toEqual(["sent", "complained"]);
    const path = `/v1/notifications/${notification.id}/timeline`;
    const { items } = await ok(
      system.call<{ items: { type: string; detail: Record<string, unknown> }[] }>("GET", path),
    );
    const effects = items.filter(({ type }) => type === "receipt").map(({ detail }) => detail["type"]);
    expect(effects.toSorted()).toEqual(types.toSorted());
  });
});

describe("an address of which a provider tells something bad", () => {
  it("gets no mail any more after a bounce, mandatory ones included, until somebody takes that back", async () => {
    const { to, notification, messages } = await sentBy("sendgrid", "letters");
    expect(await told(messages()[0]?.id, "bounced")).toBe(201);
    expect(await statusOf(notification)).toEqual(["sent", "bounced"]);
    for (const category of ["letters", "alarms"]) {
      const next = await sentBy("sendgrid", category, to);
      expect(next.notification).toMatchObject({ status: "suppressed", reason: "suppressed" });
    }
    await ok(system.call("DELETE", "/v1/suppressions", { channel: "email", address: `${to}@example.com` }));
    expect((await sentBy("sendgrid", "letters", to)).notification.status).toBe("sent");
  });

  it.each(["twilio", "vonage"] as const)("gets no texts any more after a STOP to %s", async (provider) => {
    const { to, messages } = await sentBy(provider, "texts");
    expect(await told(messages()[0]?.id, "unsubscribed")).toBe(201);
    expect((await sentBy(provider, "texts", to)).notification.status).toBe("suppressed");
  });
});

describe("a notification that nobody knows to be sent", () => {
  it("is sent once its provider says so", async () => {
    await addRule(system.sandbox, { provider: "sendgrid" }, { drop: "after_accept" }, 1);
    const { notification, messages } = await sentBy("sendgrid", "letters-once");
    expect(notification.status).toBe("unknown");
    expect(await told(messages()[0]?.id, "delivered")).toBe(201);
    expect(await statusOf(notification)).toEqual(["sent", "delivered"]);
  });

  it("takes the word of a provider that is still answering", async () => {
    await addRule(system.sandbox, { provider: "sendgrid" }, { hold: "after_accept" }, 1);
    const sending = sentBy("sendgrid", "letters");
    const held = await waitFor("the call to be held", () => system.sandbox.held()[0]);
    const message = system.sandbox.messages().find(({ attemptId }) => attemptId === held.attemptId);
    expect(await told(message?.id, "delivered")).toBe(201);
    const { notification } = await sending;
    expect(await statusOf(notification)).toEqual(["sent", "delivered"]);
    await fetch(`${system.sandbox.url}/rules`, { method: "DELETE" });
  });
});

describe("a mail that need not be", () => {
  it("says how to unsubscribe, which then holds, and a mandatory one does not", async () => {
    const { to, messages } = await sentBy("sendgrid", "letters");
    const link = messages()[0]?.listUnsubscribe;
    expect(link).toMatchObject({ oneClick: true });
    expect((await sentBy("sendgrid", "alarms", to)).messages()[0]?.listUnsubscribe).toBeNull();
    const { pathname } = new URL(link?.url ?? "");
    const click = await fetch(`${system.apis[0]?.url}${pathname}`, {
      method: "POST",
      body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }),
    });
    expect(click.status).toBe(200);
    const { notification } = await sentBy("sendgrid", "letters", to);
    expect(notification).toMatchObject({ status: "suppressed", reason: "opted_out" });
    expect((await sentBy("sendgrid", "alarms", to)).notification.status).toBe("sent");
  });

  it("says so as well where its category was mandatory when it was planned", async () => {
    const category = (mandatory: boolean) =>
      ok(system.call("PUT", "/v1/categories/once-alarms", { channels: ["email"], mandatory }));
    await category(true);
    await ok(system.call("PUT", "/v1/channels/email", { paused: true }));
    const sending = sentBy("sendgrid", "once-alarms");
    await waitFor("it to be planned", async () => {
      const { rowCount } = await system.pool.query(
        "SELECT FROM deliveries d JOIN notifications n ON n.id = d.notification_id WHERE n.category_id = 'once-alarms'",
      );
      return rowCount === 1;
    });
    await category(false);
    await ok(system.call("PUT", "/v1/channels/email", {}));
    expect((await sending).messages()[0]?.listUnsubscribe).toMatchObject({ oneClick: true });
  });
});
