import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addRule } from "../support/sandbox-rules.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
});

afterAll(() => system.stop());

const post = (body: Record<string, unknown>) => system.call<Notification>("POST", "/v1/notifications", body);
const send = async (eventId: string, more: Record<string, unknown> = {}) => ok(post(order(eventId, more)));
const category = (id: string, more: Record<string, unknown>) =>
  ok(system.call("PUT", `/v1/categories/${id}`, { channels: ["email"], ...more }));
/** Resolves when every process knows of it, which takes a second at most. */
const settings = async (rules: Record<string, unknown>) => {
  await ok(system.call("PUT", "/v1/settings", rules));
  const knownAt = Date.now() + 1_100;
  await waitFor("the second to be over", () => Date.now() > knownAt);
};
const explain = async (more: Record<string, unknown>) =>
  ok(system.call<Explanation>("POST", "/v1/notifications/explain", order("explained", more)));
const timeline = async (id: string) =>
  (
    await ok(
      system.call<{ items: { type: string; detail: Record<string, unknown> }[] }>(
        "GET",
        `/v1/notifications/${id}/timeline`,
      ),
    )
  ).items;
const status = (id: string, wanted: string) =>
  waitFor(`${id} to be ${wanted}`, async () => {
    const { body } = await system.call<Notification & { scheduledFor: string }>("GET", `/v1/notifications/${id}`);
    return body.status === wanted && body;
  });

type Explanation = {
  outcome: string;
  reason: string | null;
  until: string | null;
  channels: { channel: string; decision: string; reason: string | null; content: Record<string, unknown> | null }[];
};

const HOUR = 3_600_000;
/** Quiet hours around this moment, as the clock shows it in UTC, far from their ends. */
const quietNow = () => ({ from: clock(Date.now() - 6 * HOUR), to: clock(Date.now() + 6 * HOUR) });
const clock = (at: number) => new Date(at).toISOString().slice(11, 16);

describe("quiet hours", { timeout: 60_000 }, () => {
  beforeAll(async () => {
    await ok(system.call("PUT", "/v1/users/mina/preferences", { quietHours: quietNow() }));
  });
  afterAll(async () => {
    await ok(system.call("PUT", "/v1/users/mina/preferences", {}));
  });

  it("hold what the user should not get now, and say until when", async () => {
    const { id } = await send("quiet");
    const held = await status(id, "held");
    expect(Date.parse(held.scheduledFor)).toBeGreaterThan(Date.now() + 5 * HOUR);
    expect(held.deliveries).toEqual([]);
    expect((await timeline(id)).map(({ type, detail }) => [type, detail.reason])).toEqual([
      ["accepted", undefined],
      ["held", "quiet_hours"],
    ]);
    expect(await system.cancel(id)).toMatchObject({ result: "cancelled" });
  });

  it("let through what its category says must not wait", async () => {
    await category("codes", { quietHours: "ignore" });
    const { id } = await send("urgent", { category: "codes" });
    expect((await system.finished(id)).status).toBe("sent");
  });

  it("are those of the category where it has its own", async () => {
    await category("office", { quietHours: { from: clock(Date.now() + 6 * HOUR), to: clock(Date.now() + 7 * HOUR) } });
    const { id } = await send("office", { category: "office" });
    expect((await system.finished(id)).status).toBe("sent");
  });

  it("end as an expiry where that comes first", async () => {
    const { id } = await send("perishable", { expiresAt: new Date(Date.now() + 3_000).toISOString() });
    expect(await system.finished(id)).toMatchObject({ status: "expired", reason: "expired" });
    expect(system.messagesOf(id)).toEqual([]);
  });

  it("hold a retry too, however soon it follows the attempt before", async () => {
    await ok(system.call("PUT", "/v1/users/patient", { attributes: {} }));
    await ok(
      system.call("POST", "/v1/users/patient/contacts", { channel: "sms", address: "+14155550188", primary: true }),
    );
    await category("texts", { channels: ["sms"] });
    await addRule(system.sandbox, { to: "+14155550188" }, { status: 429, retryAfterSeconds: 2 }, 6);
    const { id } = await send("patient", { category: "texts", to: { userId: "patient" } });
    await waitFor("a first attempt to have ended", async () =>
      (await timeline(id)).some(({ type }) => type === "attempt_closed"),
    );
    await ok(system.call("PUT", "/v1/users/patient/preferences", { quietHours: quietNow() }));
    // As if it had been decided on almost a minute ago.
    await system.pool.query(
      "UPDATE notifications SET decided_at = decided_at - interval '54 seconds' WHERE event_id = 'patient'",
    );
    await waitFor("it to be held, or sent", async () =>
      (await timeline(id)).some(({ type }) => type === "held" || type === "finished"),
    );
    expect((await timeline(id)).at(-1)).toMatchObject({ type: "held", detail: { reason: "quiet_hours" } });
    expect(system.messagesOf(id)).toEqual([]);
    expect(await system.cancel(id)).toMatchObject({ result: "too_late" });
  });

  it("are explained beforehand", async () => {
    expect(await explain({})).toMatchObject({ outcome: "held", reason: "quiet_hours" });
    expect(await explain({ category: "codes" })).toMatchObject({
      outcome: "send",
      reason: null,
      channels: [{ channel: "email", decision: "send", content: { subject: "Shipped: Blue kettle" } }],
    });
  });
});

describe("rate limits", { timeout: 60_000 }, () => {
  it("drop what is beyond them, whatever its channels, and say so", async () => {
    await category("digest", { channels: ["push", "email"], limits: [{ max: 2, per: "1h" }] });
    const ids = [];
    for (const index of [0, 1, 2]) {
      const { id } = await send(`digest-${index}`, { category: "digest" });
      ids.push(await system.finished(id));
    }
    expect(ids.map(({ status, reason }) => [status, reason])).toEqual([
      ["sent", null],
      ["sent", null],
      ["suppressed", "rate_limited"],
    ]);
    expect(await explain({ category: "digest" })).toMatchObject({ outcome: "suppressed", reason: "rate_limited" });
  });

  it("make wait for the earliest free time, and count that one too", async () => {
    await category("queueing", { limits: [{ max: 1, per: "4s" }], onLimit: "defer" });
    const ids = [];
    for (const index of [0, 1, 2]) ids.push((await send(`queueing-${index}`, { category: "queueing" })).id);
    for (const id of ids) expect((await system.finished(id, 40_000)).status).toBe("sent");
    const times = ids.flatMap((id) => system.messagesOf(id)).map(({ at }) => Date.parse(at));
    const [first = 0, second = 0, third = 0] = times.toSorted((a, b) => a - b);
    // A place counts from its booking, which comes before the message, never after it.
    expect(third - first).toBeGreaterThan(4_000);
    expect(second).toBeGreaterThan(first);
  });

  it("give back the place of what was cancelled before anything was sent", async () => {
    await category("once", { limits: [{ max: 1, per: "1h" }] });
    const later = new Date(Date.now() + HOUR).toISOString();
    await ok(system.call("PUT", "/v1/channels/email", { paused: true }));
    const first = await send("held-place", { category: "once" });
    await waitFor("its place to be taken", async () => {
      const { rows } = await system.pool.query("SELECT 1 FROM rate_bookings WHERE window_name LIKE 'category:once/%'");
      return rows.length === 1;
    });
    expect(await system.cancel(first.id)).toMatchObject({
      result: "cancelled",
    });
    await ok(system.call("PUT", "/v1/channels/email", {}));
    expect((await send("not-yet", { category: "once", sendAt: later })).status).toBe("accepted");
    const second = await send("given-back", { category: "once" });
    expect((await system.finished(second.id)).status).toBe("sent");
  });

  it("of one channel take that channel out", async () => {
    await category("both", { channels: ["push", "email"], limits: [{ max: 1, per: "1h", channel: "email" }] });
    await system.finished((await send("both-0", { category: "both" })).id);
    const second = await system.finished((await send("both-1", { category: "both" })).id);
    expect(second.status).toBe("sent");
    expect(second.deliveries.map(({ channel, status, reason }) => [channel, status, reason])).toEqual([
      ["fcm", "sent", null],
      ["email", "suppressed", "rate_limited"],
    ]);
  });

  it("hold for everybody where the settings have them", async () => {
    await ok(system.call("PUT", "/v1/users/busy", {}));
    await ok(system.call("POST", "/v1/users/busy/contacts", { channel: "email", address: "busy@example.com" }));
    await category("other-letters", {});
    await settings({ limits: [{ max: 1, per: "1d" }] });
    const to = { userId: "busy" };
    await ok(
      system.call("PUT", "/v1/templates/plain", { locales: { default: { email: { subject: "s", text: "t" } } } }),
    );
    const plain = (eventId: string, id: string) =>
      ok(post({ eventId, to, category: id, template: "plain" })).then((accepted) => system.finished(accepted.id));
    expect((await plain("busy-0", "letters")).status).toBe("sent");
    expect(await plain("busy-1", "other-letters")).toMatchObject({ status: "suppressed", reason: "rate_limited" });
    await settings({});
  });
});

describe("the same content again", { timeout: 60_000 }, () => {
  it("is a duplicate within the category's window, under whatever event ID", async () => {
    await category("receipts", { dedupWithin: "1h" });
    const first = await system.finished((await send("receipt-0", { category: "receipts" })).id);
    const second = await system.finished((await send("receipt-1", { category: "receipts" })).id);
    const other = await system.finished(
      (await send("receipt-2", { category: "receipts", data: { item_name: "Red kettle" } })).id,
    );
    expect([first, second, other].map(({ status, reason }) => [status, reason])).toEqual([
      ["sent", null],
      ["suppressed", "duplicate"],
      ["sent", null],
    ]);
    expect(await explain({ category: "receipts" })).toMatchObject({ outcome: "suppressed", reason: "duplicate" });
  });

  it("is none where the first one has certainly reached nobody", async () => {
    await category("codes", { dedupWithin: "1h" });
    await addRule(system.sandbox, { channel: "email" }, { status: 552 }, 1);
    for (const [eventId, ending] of [
      ["code-0", ["failed", "5.2.2"]],
      ["code-1", ["sent", null]],
      ["code-2", ["suppressed", "duplicate"]],
    ] as const) {
      const { status: ended, reason } = await system.finished((await send(eventId, { category: "codes" })).id);
      expect([eventId, ended, reason]).toEqual([eventId, ...ending]);
    }
  });

  it("is the same to a user whose primary addresses are asked for in so many words", async () => {
    await category("spellings", { dedupWithin: "1h" });
    const ends = [];
    for (const contacts of [undefined, "primary", "all"]) {
      const to = { userId: "mina", ...(contacts === undefined ? {} : { contacts }) };
      ends.push(await system.finished((await send(`spelling-${contacts}`, { category: "spellings", to })).id));
    }
    expect(ends.map(({ status: ended, reason }) => [ended, reason])).toEqual([
      ["sent", null],
      ["suppressed", "duplicate"],
      ["sent", null],
    ]);
  });

  it("is none of what was moved away while it waited", async () => {
    await category("quiet-receipts", { dedupWithin: "1h" });
    await ok(system.call("PUT", "/v1/users/mina/preferences", { quietHours: quietNow() }));
    const first = await send("moved-away", { category: "quiet-receipts" });
    await status(first.id, "held");
    const sendAt = new Date(Date.now() + 30 * 24 * HOUR).toISOString();
    await ok(system.call("PATCH", `/v1/notifications/${first.id}`, { sendAt }));
    await ok(system.call("PUT", "/v1/users/mina/preferences", {}));
    const second = await send("instead", { category: "quiet-receipts" });
    expect(await system.finished(second.id)).toMatchObject({ status: "sent" });
    // Back within the window, it is the one that comes too late.
    const soon = new Date(Date.now() + 4_000).toISOString();
    await ok(system.call("PATCH", `/v1/notifications/${first.id}`, { sendAt: soon }));
    expect(await system.finished(first.id)).toMatchObject({ status: "suppressed", reason: "duplicate" });
  });

  it("goes to one of many that ask at the same time", async () => {
    await category("alarms", { dedupWithin: "10m" });
    const accepted = await Promise.all(
      Array.from({ length: 20 }, (_, index) => send(`alarm-${index}`, { category: "alarms" })),
    );
    const ends = await Promise.all(accepted.map(({ id }) => system.finished(id)));
    expect(ends.filter(({ status }) => status === "sent")).toHaveLength(1);
    expect(ends.filter(({ reason }) => reason === "duplicate")).toHaveLength(19);
  });
});

describe("an address in the request", { timeout: 60_000 }, () => {
  const data = { item_name: "Blue kettle" };
  const base = { category: "orders", template: "plain", data };

  it("gets its message without an account", async () => {
    await ok(
      system.call("PUT", "/v1/templates/plain", { locales: { default: { email: { subject: "s", text: "t" } } } }),
    );
    const { id } = await ok(post({ ...base, eventId: "guest", to: { email: "guest@Example.com" } }));
    const notification = await system.finished(id);
    expect(notification).toMatchObject({
      status: "sent",
      user: null,
      deliveries: [{ channel: "email", status: "sent" }],
    });
    expect(system.messagesOf(id)).toMatchObject([{ to: "guest@example.com" }]);
  });

  it("is refused where it is none, or the category has no such channel", async () => {
    const bad = [
      { email: "nobody" },
      { phone: "12345" },
      { deviceToken: "xyz", channel: "apns" },
      { deviceToken: "xyz", channel: "sms" },
      { phone: "+14155550123" },
      { email: "a@b.test", phone: "+14155550123" },
    ];
    for (const to of bad) {
      const answer = await post({ ...base, eventId: "bad-guest", to });
      expect([to, answer.status]).toEqual([to, 400]);
      expect((answer.body as unknown as { errors: { field: string }[] }).errors[0]?.field).toMatch(/^to/);
    }
    expect((await system.call("GET", "/v1/notifications?eventId=bad-guest")).body).toMatchObject({ items: [] });
  });
});

describe("an Idempotency-Key", () => {
  it("stands in for a missing event ID", async () => {
    const { eventId: _, ...body } = order("left out");
    expect((await post(body)).status).toBe(400);
    const headers = { "Idempotency-Key": "key-1" };
    const first = await system.call<Notification>("POST", "/v1/notifications", body, undefined, headers);
    const again = await system.call<Notification>("POST", "/v1/notifications", body, undefined, headers);
    expect([first.status, again.status, again.body.id, again.body.eventId]).toEqual([202, 200, first.body.id, "key-1"]);
  });

  it("is the same text in the header as in a body, whatever its letters", async () => {
    const { eventId: _, ...body } = order("left out");
    // As curl sends it: UTF-8, of which HTTP libraries make a character of each byte.
    const bytes = (text: Buffer) => ({ "Idempotency-Key": text.toString("latin1") });
    const inHeader = bytes(Buffer.from("größe-1"));
    const first = await system.call<Notification>("POST", "/v1/notifications", body, undefined, inHeader);
    expect([first.status, first.body.eventId]).toEqual([202, "größe-1"]);
    // As fetch sends it: Latin-1.
    const again = await system.call<Notification>("POST", "/v1/notifications", body, undefined, {
      "Idempotency-Key": "größe-1",
    });
    expect([again.status, again.body.id]).toEqual([200, first.body.id]);
  });
});

describe("a time to send at", () => {
  it("may be a year ahead, not more, and not in the past", async () => {
    const inDays = (days: number) => ({ sendAt: new Date(Date.now() + days * 24 * HOUR).toISOString() });
    const { id } = await send("next-year", inDays(365.99));
    await status(id, "scheduled");
    expect(await system.cancel(id)).toMatchObject({ result: "cancelled" });
    expect(await post(order("too-far", inDays(366.1)))).toMatchObject({ status: 400 });
    expect(await post(order("past", inDays(-0.01)))).toMatchObject({ status: 422, body: { code: "send_at_in_past" } });
  });
});

describe("a reschedule", { timeout: 60_000 }, () => {
  const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
  const move = (id: string, sendAt: string) =>
    system.call<Notification & { scheduledFor: string }>("PATCH", `/v1/notifications/${id}`, { sendAt });

  it("brings it forward", async () => {
    const { id } = await send("forward", { sendAt: inSeconds(3_600) });
    await status(id, "scheduled");
    const sendAt = inSeconds(4);
    expect(await move(id, sendAt)).toMatchObject({ status: 200, body: { status: "scheduled", scheduledFor: sendAt } });
    expect((await system.finished(id)).status).toBe("sent");
    expect(Date.parse(system.messagesOf(id)[0]?.at ?? "")).toBeGreaterThanOrEqual(Date.parse(sendAt));
    expect((await timeline(id)).map(({ type }) => type)).toEqual(
      expect.arrayContaining(["accepted", "scheduled", "rescheduled", "planned", "finished"]),
    );
  });

  it("puts it off, also right after the 202", async () => {
    const { id } = await send("put-off", { sendAt: inSeconds(5) });
    const old = Date.now() + 6_000;
    await waitFor("it to be admitted and moved", async () => {
      const answer = await move(id, inSeconds(3_600));
      return answer.status === 503 ? null : ok(Promise.resolve(answer));
    });
    await waitFor("its old time to pass", () => Date.now() > old);
    expect(await system.cancel(id)).toMatchObject({ result: "cancelled" });
    expect(system.messagesOf(id)).toEqual([]);
  });

  it("is too late once it is sent, and refuses times that cannot be", async () => {
    const { id } = await send("too-late");
    await system.finished(id);
    expect(await move(id, inSeconds(60))).toMatchObject({ status: 409, body: { code: "too_late" } });
    const waiting = await send("waiting", { sendAt: inSeconds(3_600), expiresAt: inSeconds(7_200) });
    await status(waiting.id, "scheduled");
    expect(await move(waiting.id, inSeconds(-60))).toMatchObject({ status: 422, body: { code: "send_at_in_past" } });
    expect(await move(waiting.id, inSeconds(400 * 86_400))).toMatchObject({ status: 400 });
    expect(await move(waiting.id, inSeconds(8_000))).toMatchObject({ status: 400 });
    expect(await move("ntf_bm9wZTpub3Bl", inSeconds(60))).toMatchObject({ status: 404 });
  });

  it("by a signal to the workflow does the same, and a typing error is ignored", async () => {
    const { id, workflowId } = await send("by-signal", { sendAt: inSeconds(3_600) });
    await status(id, "scheduled");
    const handle = system.client.workflow.getHandle(workflowId);
    await handle.signal("reschedule");
    await handle.signal("reschedule", { sendAt: "tomorrow" });
    // JavaScript takes these two for times: one in 2001, and one in the time zone of the worker.
    await handle.signal("reschedule", { sendAt: "tomorrow 9" });
    await handle.signal("reschedule", { sendAt: "2026-11-01T09:00:00" });
    // An update comes after the signals, and says what it does not take.
    const answer = handle.executeUpdate("reschedule", { args: [{ sendAt: "tomorrow 9" }] });
    const message = "sendAt must be a time with an offset, such as 2027-01-31T09:00:00Z";
    await expect(answer).rejects.toMatchObject({ cause: { message } });
    expect((await status(id, "scheduled")).deliveries).toEqual([]);
    await handle.signal("reschedule", { sendAt: inSeconds(1) });
    expect((await system.finished(id)).status).toBe("sent");
    expect((await timeline(id)).filter(({ type }) => type === "rescheduled")).toHaveLength(1);
  });

  it("by a signal to a time that has passed sends at once, also what would be too old by then", async () => {
    await category("short-lived", { expiresAfter: "1h" });
    const { id, workflowId } = await send("to-yesterday", { category: "short-lived", sendAt: inSeconds(3_600) });
    await status(id, "scheduled");
    await system.client.workflow.getHandle(workflowId).signal("reschedule", { sendAt: inSeconds(-86_400) });
    expect(await system.finished(id)).toMatchObject({ status: "sent", reason: null });
  });
});
