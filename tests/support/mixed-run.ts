import type { SandboxMessage } from "../../src/sandbox/message.ts";
import { SENDGRID_PUBLIC_KEY } from "../../src/sandbox/sandbox-keys.ts";
import type { Sandbox } from "../../src/sandbox/start-sandbox.ts";
import { type Notification, ok, order, type System } from "./system.ts";
import { waitFor } from "./wait-for.ts";

// Notifications of every kind, with what becomes of each, to hold statistics against what really happened.

/** Mail goes by SendGrid, since it tells later what became of it. */
export const mixedRunSettings = (sandbox: Sandbox) => ({
  EMAIL_PROVIDERS: "sendgrid",
  SENDGRID_API_KEY: "SG.sandbox",
  SENDGRID_BASE_URL: sandbox.sendgridBaseUrl,
  SENDGRID_WEBHOOK_PUBLIC_KEY: SENDGRID_PUBLIC_KEY,
});

type Kind = { name: string; request: Record<string, unknown>; guest?: true; cancel?: true; skipped?: string };

const KINDS: readonly Kind[] = [
  { name: "two channels", request: {} },
  { name: "mail", request: { category: "letters" } },
  { name: "text", request: { category: "texts" } },
  { name: "long text", request: { category: "texts", data: { item_name: "Kettle ".repeat(40) } } },
  { name: "to an address", request: { category: "letters" }, guest: true },
  { name: "refused mail", request: { category: "letters", to: { email: "bounce@sandbox.test" } } },
  { name: "refused text", request: { category: "texts", to: { phone: "+15005550001" } } },
  { name: "no answer", request: { category: "once", to: { email: "drop@sandbox.test" } } },
  { name: "opted out", request: { category: "letters", to: { userId: "silent" } }, skipped: "opted_out" },
  { name: "unreachable", request: { category: "texts", to: { userId: "nobody" } }, skipped: "no_contact" },
  { name: "unwanted", request: { category: "letters", to: { email: "never@example.com" } }, skipped: "suppressed" },
  {
    name: "cancelled",
    request: { sendAt: new Date(Date.now() + 86_400_000).toISOString() },
    cancel: true,
    skipped: "cancelled",
  },
];

/** What is told of each fifth mail; the last bounces, and its address is suppressed. */
const TOLD = [["delivered"], ["delivered", "opened"], ["opened", "delivered", "clicked"], [], ["bounced"]] as const;
type Told = (typeof TOLD)[number][number];

export async function prepareMixedRun(system: System): Promise<void> {
  await ok(system.call("POST", "/v1/users/mina/contacts", { channel: "sms", address: "+14155550123" }));
  await ok(system.call("PUT", "/v1/users/nobody", {}));
  await ok(system.call("PUT", "/v1/users/silent", {}));
  await ok(system.call("POST", "/v1/users/silent/contacts", { channel: "email", address: "silent@example.com" }));
  await ok(system.call("PUT", "/v1/users/silent/preferences", { all: false }));
  await ok(system.call("PUT", "/v1/categories/texts", { channels: ["sms"] }));
  const text = "{{ item_name }} is on its way";
  const locales = {
    default: { push: { title: "Shipped", body: text }, sms: { text }, email: { subject: "Shipped", text } },
  };
  await ok(system.call("PUT", "/v1/templates/parcel", { locales }));
  const unwanted = { channel: "email", address: "never@example.com", reason: "complained", source: "test" };
  await ok(system.call("PUT", "/v1/suppressions", unwanted));
}

/**
 * Sends so many notifications, tells what became of the mails, each event twice, and waits until all is over.
 * @returns what the statistics have to say, by `category/channel/measure` and `reason/measure`
 */
export async function mixedRun(system: System, count: number, concurrency: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let told = 0;
  let next = 0;
  const work = async () => {
    for (let index = next++; index < count; index = next++) {
      const kind = KINDS[index % KINDS.length] as Kind;
      const notification = await runOne(system, kind, `mixed-${index}`);
      const messages = system.messagesOf(notification.id);
      const mail = messages.find(({ channel, outcome }) => channel === "email" && outcome === "accepted");
      // Only of an address of its own: what bounces gets nothing any more.
      const events = mail === undefined ? [] : (TOLD[told++ % (kind.guest ? TOLD.length : TOLD.length - 1)] ?? []);
      if (mail !== undefined) await tell(system, mail, events);
      addTo(counts, kind, notification, messages, events);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return counts;
}

async function runOne(system: System, kind: Kind, eventId: string): Promise<Notification> {
  // As a caller does whose answer was lost.
  const posted = await waitFor(`${eventId} to be accepted`, async () => {
    const request = order(eventId, {
      template: "parcel",
      ...kind.request,
      ...(kind.guest ? { to: { email: `${eventId}@example.com` } } : {}),
    });
    const answer = await system.call<Notification>("POST", "/v1/notifications", request).catch(() => null);
    if (answer === null || answer.status === 503) return null;
    return ok(Promise.resolve(answer));
  });
  if (kind.cancel) await system.cancel(posted.id);
  return system.finished(posted.id, 120_000);
}

/** Each event twice, as providers do whose first webhook was not answered in time. */
async function tell(system: System, message: SandboxMessage, events: readonly Told[]): Promise<void> {
  for (const type of [...events, ...events]) {
    await waitFor(`the receipt ${type} to be taken`, async () => {
      const { status } = await fetch(`${system.sandbox.url}/messages/${message.id}/receipts`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ type }),
      });
      return status === 201;
    });
  }
}

function addTo(
  counts: Record<string, number>,
  { request, skipped }: Kind,
  { deliveries }: Notification,
  messages: readonly SandboxMessage[],
  events: readonly Told[],
): void {
  const category = (request["category"] as string | undefined) ?? "orders";
  const add = (channel: string | null, measure: string, reason: string | null = null, amount = 1) => {
    for (const key of [`${category}/${channel}/${measure}`, `${reason}/${measure}`]) {
      counts[key] = (counts[key] ?? 0) + amount;
    }
  };
  add(null, "notifications");
  for (const { channel, status, reason, segments } of deliveries) {
    const arrived = messages.some((message) => message.channel === channel);
    add(channel, "created");
    // An address that was refused before is dead.
    if (skipped !== undefined || status === "suppressed") add(channel, "suppressed", skipped ?? reason);
    else if (status === "unknown") add(channel, "unknown", reason);
    else if (arrived) {
      add(channel, "sent");
      if (segments !== null) add(channel, "segments", null, segments);
    } else add(channel, "failed", reason);
    if (channel !== "email") continue;
    if (events.includes("delivered")) add(channel, "delivered");
    if (events.includes("opened")) add(channel, "opened");
    if (events.includes("clicked")) add(channel, "clicked");
    if (events.includes("bounced")) add(channel, "bounced", "5.1.1");
  }
  if (deliveries.length > 0) return;
  add(null, "created");
  add(null, "suppressed", skipped);
}

type Stats = { items: Record<string, unknown>[] };

/** What the statistics say of yesterday to tomorrow, in the same form. */
export async function statsOf(system: System): Promise<Record<string, number>> {
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const read = (by: string) =>
    ok(system.call<Stats>("GET", `/v1/stats?from=${day(-1)}&to=${day(1)}&by=${by}`)).then(({ items }) => items);
  const counts: Record<string, number> = {};
  const add = (key: string, measures: Record<string, unknown>) => {
    for (const [measure, amount] of Object.entries(measures)) {
      if (typeof amount === "number" && amount > 0) counts[`${key}/${measure}`] = amount;
    }
  };
  for (const { category, channel, ...measures } of await read("category,channel")) {
    add(`${String(category)}/${String(channel)}`, measures);
  }
  for (const { reason, ...measures } of await read("reason")) add(String(reason), measures);
  return counts;
}
