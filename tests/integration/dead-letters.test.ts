import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDeliveryAttempts } from "../../src/database/delivery-attempts.ts";
import { createReopenings } from "../../src/database/reopenings.ts";
import { createReplays } from "../../src/database/replays.ts";
import { encodeNotificationId } from "../../src/domain/notification-id.ts";
import { addRule } from "../support/sandbox-rules.ts";
import { FINAL, type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

type Replay = {
  id: string;
  status: string;
  counts: { replayed: number; refused: number; pending: number | null };
  refusedBy: Record<string, number>;
  refused: { id: string; reason: string }[];
};
type DeadLetter = Notification & { failedAt: string; deliveries: { lastAttempts: { code: string }[] }[] };

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
});

afterAll(() => system.stop());

const post = (eventId: string, more: Record<string, unknown> = {}) =>
  ok(system.call<Notification>("POST", "/v1/notifications", order(eventId, { category: "letters", ...more })));

/** Its mail is refused for good, in a way that says nothing of the address. */
async function deadLetter(eventId: string, more: Record<string, unknown> = {}): Promise<string> {
  await addRule(system.sandbox, { channel: "email" }, { status: 552 }, 1);
  const { id } = await post(eventId, more);
  await system.finished(id);
  return id;
}

/** Accepted by the provider, which then gives no answer. */
async function doubtful(eventId: string): Promise<string> {
  await addRule(system.sandbox, { channel: "email" }, { drop: "after_accept" }, 1);
  const { id } = await post(eventId, { category: "once", channels: ["email"] });
  await system.finished(id);
  return id;
}

/** Quiet hours around this one, in UTC. */
function quietNow() {
  const hour = (offset: number) => `${String((new Date().getUTCHours() + offset + 24) % 24).padStart(2, "0")}:00`;
  return { from: hour(-1), to: hour(2) };
}

const startReplay = (body: Record<string, unknown>) => ok(system.call<Replay>("POST", "/v1/dead-letters/replay", body));

function replayed(id: string, timeoutMs = 60_000): Promise<Replay> {
  return waitFor(
    "the replay to be over",
    async () => {
      const replay = await ok(system.call<Replay>("GET", `/v1/dead-letters/replays/${id}`));
      return replay.status === "running" ? null : replay;
    },
    { timeoutMs },
  );
}

async function replay(body: Record<string, unknown>): Promise<Replay> {
  return replayed((await startReplay({ ratePerSecond: 100, ...body })).id);
}

/** Final, and not as the old generation has left it. */
function finishedAgain(id: string, generation = 1, timeoutMs = 60_000): Promise<Notification> {
  return waitFor(
    `notification ${id} to be final again`,
    async () => {
      const notification = await ok(system.call<Notification>("GET", `/v1/notifications/${id}`));
      const isOver = notification.workflowId.startsWith(`ntr:${generation}:`) && FINAL.has(notification.status);
      return isOver ? notification : null;
    },
    { timeoutMs },
  );
}

const list = async (query: string) =>
  (await ok(system.call<{ items: DeadLetter[]; nextCursor: string | null }>("GET", `/v1/dead-letters?${query}`))).items;

async function timelineOf(id: string): Promise<string[]> {
  const { items } = await ok(system.call<{ items: { type: string }[] }>("GET", `/v1/notifications/${id}/timeline`));
  return items.map(({ type }) => type);
}

describe("the list of dead letters", () => {
  it("has what failed for good, with the codes of its attempts, by reason, category, channel and time", async () => {
    const before = new Date().toISOString();
    const id = await deadLetter("listed");
    const [found] = await list(`category=letters&channel=email&from=${before}`);
    expect(found).toMatchObject({ id, status: "failed", eventId: "listed" });
    expect(found?.deliveries).toMatchObject([{ channel: "email", attempts: 1, lastAttempts: [{ provider: "smtp" }] }]);
    const code = found?.deliveries[0]?.lastAttempts[0]?.code ?? "";
    expect(found?.reason).toBe(code);
    expect((await list(`reason=${code}&from=${before}`)).map((letter) => letter.id)).toEqual([id]);
    expect(await list(`from=${before}&category=orders`)).toEqual([]);
    expect(await list(`from=${before}&channel=push`)).toEqual([]);
    expect(await list(`from=${before}&reason=other`)).toEqual([]);
    expect(await list(`from=${before}&to=${found?.failedAt}`)).toEqual([]);
  });

  it("is read page by page, and has neither what was delivered nor what was cancelled", async () => {
    const before = new Date().toISOString();
    const [one, two] = [await deadLetter("page-1"), await deadLetter("page-2")];
    const { id: sent } = await post("delivered");
    await system.finished(sent);
    const { id: cancelled } = await post("cancelled", { sendAt: new Date(Date.now() + 3_600_000).toISOString() });
    await system.cancel(cancelled);
    const first = await ok(
      system.call<{ items: DeadLetter[]; nextCursor: string }>("GET", `/v1/dead-letters?from=${before}&limit=1`),
    );
    expect(first.items.map(({ id }) => id)).toEqual([two]);
    expect((await list(`from=${before}&limit=5&cursor=${first.nextCursor}`)).map(({ id }) => id)).toEqual([one]);
    expect((await system.call("GET", "/v1/dead-letters?cursor=bm9uc2Vuc2U")).status).toBe(400);
    for (const field of ["reason", "category"]) {
      expect((await system.call("GET", `/v1/dead-letters?${field}=%00`)).status).toBe(400);
    }
  });

  it("is each client's own; an administrator says whose", async () => {
    const { appKey, appSecret } = await ok(
      system.call<{ appKey: string; appSecret: string }>("POST", "/v1/keys", {
        client: "other",
        name: "reads and sends",
        scopes: ["read", "send"],
      }),
    );
    const asOther = { authorization: `Bearer ${appKey}.${appSecret}` };
    const get = (path: string) => system.call<{ items: unknown[] }>("GET", path, undefined, system.apis[0], asOther);
    expect((await get("/v1/dead-letters")).body.items).toEqual([]);
    expect((await get("/v1/dead-letters?client=shop")).status).toBe(403);
    expect(await list("client=other")).toEqual([]);
    const id = await deadLetter("of-shop");
    const { body: replay } = await system.call<Replay>(
      "POST",
      "/v1/dead-letters/replay",
      { ids: [id] },
      system.apis[0],
      asOther,
    );
    expect(replay.refusedBy).toEqual({ not_found: 1 });
    expect((await system.call("GET", `/v1/dead-letters/replays/${replay.id}`)).status).toBe(404);
    expect((await system.call("GET", `/v1/dead-letters/replays/${replay.id}?client=other`)).status).toBe(200);
  });
});

describe("a replay", () => {
  it("sends once, as the same notification, by a workflow of its own", async () => {
    const id = await deadLetter("again");
    const over = await replay({ ids: [id] });
    expect(over).toMatchObject({ status: "finished", counts: { replayed: 1, refused: 0, pending: 0 } });
    const notification = await finishedAgain(id);
    expect(notification).toMatchObject({ id, eventId: "again", status: "sent", reason: null });
    expect(notification.workflowId).toBe("ntr:1:shop:again");
    expect(system.messagesOf(id)).toHaveLength(1);
    const types = await timelineOf(id);
    expect(types.slice(types.indexOf("replayed"))).toEqual([
      "replayed",
      "planned",
      "attempt_opened",
      "attempt_closed",
      "delivery_closed",
      "finished",
    ]);
    const repeated = await system.call<Notification>(
      "POST",
      "/v1/notifications",
      order("again", { category: "letters" }),
    );
    expect([repeated.status, repeated.body.workflowId]).toEqual([200, "ntr:1:shop:again"]);
    expect((await replay({ ids: [id] })).refusedBy).toEqual({ delivered: 1 });
  });

  it("sends only what failed: what was delivered on another channel is not repeated", async () => {
    const id = await deadLetter("half", { category: "orders" });
    expect(await list("limit=1")).toMatchObject([{ id, status: "partially_sent" }]);
    await replay({ ids: [id] });
    expect(await finishedAgain(id)).toMatchObject({ status: "sent", reason: null });
    expect(
      system
        .messagesOf(id)
        .map(({ channel }) => channel)
        .toSorted(),
    ).toEqual(["email", "fcm"]);
  });

  it("that fails again is a dead letter again, and can be replayed again", async () => {
    const id = await deadLetter("twice");
    await addRule(system.sandbox, { channel: "email" }, { status: 552 }, 1);
    await replay({ ids: [id] });
    expect(await finishedAgain(id)).toMatchObject({ status: "failed", deliveries: [{ attempts: 2 }] });
    expect(await list("limit=1")).toMatchObject([{ id }]);
    await replay({ ids: [id] });
    expect(await finishedAgain(id, 2)).toMatchObject({ status: "sent", deliveries: [{ attempts: 3 }] });
    expect(system.messagesOf(id)).toHaveLength(1);
  });

  it("retries as if for the first time: delays and the 24 hours count from its own first attempt", async () => {
    const id = await deadLetter("fresh-retries");
    // As if it had been tried for the whole day.
    await system.pool.query(
      `UPDATE attempts a SET opened_at = a.opened_at - interval '25 hours' FROM deliveries d, notifications n
       WHERE d.id = a.delivery_id AND n.id = d.notification_id AND n.event_id = 'fresh-retries'`,
    );
    await addRule(system.sandbox, { channel: "email" }, { status: 451 }, 1);
    await replay({ ids: [id] });
    expect(await finishedAgain(id)).toMatchObject({ status: "sent", deliveries: [{ attempts: 3 }] });
  });

  it("of what may have arrived, in a category that promises at most once, must be asked for", async () => {
    const id = await doubtful("doubt");
    expect((await replay({ ids: [id] })).refused).toEqual([{ id, reason: "accept_duplicate_needed" }]);
    expect(system.messagesOf(id)).toHaveLength(1);
    await replay({ ids: [id], acceptDuplicate: true });
    expect(await finishedAgain(id)).toMatchObject({ status: "sent", deliveries: [{ possibleDuplicate: true }] });
    expect(system.messagesOf(id)).toHaveLength(2);
  });

  it("of what was not sent after all needs nobody's word, in such a category either", async () => {
    const id = await doubtful("refused-late");
    const { rows } = await system.pool.query<{ attemptId: string; deliveryId: string }>(
      `SELECT a.id AS "attemptId", a.delivery_id AS "deliveryId" FROM attempts a
       JOIN deliveries d ON d.id = a.delivery_id JOIN notifications n ON n.id = d.notification_id
       WHERE n.event_id = 'refused-late'`,
    );
    const [attempt] = rows;
    if (attempt === undefined) throw new Error("an attempt was made");
    const refused = { ...attempt, outcome: "transient", code: "not_begun", providerMessageId: null } as const;
    await createDeliveryAttempts(system.pool).recordLate(refused);
    const failed = { status: "failed", reason: "not_begun" };
    expect(await ok(system.call("GET", `/v1/notifications/${id}`))).toMatchObject({ ...failed, deliveries: [failed] });
    await replay({ ids: [id] });
    expect(await finishedAgain(id)).toMatchObject({ status: "sent", deliveries: [{ possibleDuplicate: false }] });
  });

  it("is refused, with a reason, where nothing may or can be sent", async () => {
    await ok(system.call("PUT", "/v1/categories/texts", { channels: ["sms"] }));
    const { id: sent } = await post("refused-sent");
    await system.finished(sent);
    const { id: waiting } = await post("refused-waiting", { sendAt: new Date(Date.now() + 3_600_000).toISOString() });
    const { id: suppressed } = await post("refused-suppressed", { category: "texts" });
    await system.finished(suppressed);
    const erased = await deadLetter("refused-erased");
    await system.pool.query(
      `DELETE FROM notification_contents c USING notifications n
       WHERE n.id = c.notification_id AND n.event_id = 'refused-erased'`,
    );
    const expired = await deadLetter("refused-expired", { expiresAt: new Date(Date.now() + 10_000).toISOString() });
    await waitFor("its expiry to pass", async () => {
      const { rows } = await system.pool.query(
        "SELECT 1 FROM notifications WHERE event_id = 'refused-expired' AND expires_at < clock_timestamp()",
      );
      return rows.length > 0;
    });
    const unknown = encodeNotificationId({ clientId: "shop", eventId: "never-seen" });
    const over = await replay({ ids: [sent, waiting, suppressed, erased, expired, unknown, "no id at all"] });
    expect(over.refusedBy).toEqual({
      delivered: 1,
      not_final: 1,
      not_failed: 1,
      content_gone: 1,
      expired: 1,
      not_found: 2,
    });
    expect(over.counts).toEqual({ replayed: 0, refused: 7, pending: 0 });
    await system.cancel(waiting);
    expect((await replay({ ids: [waiting] })).refusedBy).toEqual({ cancelled: 1 });

    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    expect((await replay({ ids: [expired], expiresAt: inAnHour })).counts.replayed).toBe(1);
    expect(await finishedAgain(expired)).toMatchObject({ status: "sent", expiresAt: inAnHour });
  });

  it("is refused once somebody has cancelled the dead letter", async () => {
    const [tried, untried] = [await deadLetter("cancelled-tried"), await deadLetter("cancelled-untried")];
    // As if its channel had had no provider.
    await system.pool.query("UPDATE notifications SET first_attempt_at = NULL WHERE event_id = 'cancelled-untried'");
    for (const _ of [1, 2]) {
      const answers = await Promise.all([tried, untried].map((id) => system.cancel(id)));
      expect(answers.map(({ result }) => result)).toEqual(["too_late", "cancelled"]);
    }
    expect((await list("limit=200")).map(({ eventId }) => eventId).join()).not.toContain("cancelled-");
    expect((await replay({ ids: [tried, untried] })).refusedBy).toEqual({ cancelled: 2 });
    const { items } = await ok(
      system.call<{ items: { type: string }[] }>("GET", `/v1/notifications/${tried}/timeline`),
    );
    expect(items.filter(({ type }) => type === "cancel_requested")).toHaveLength(1);
  });

  it("goes on where retention has deleted what was named", async () => {
    const forgotten = await deadLetter("replay-forgotten");
    const left = await deadLetter("replay-left");
    const { rows } = await system.pool.query<{ id: string }>(
      "DELETE FROM notifications WHERE event_id = 'replay-forgotten' RETURNING id",
    );
    const over = await replay({ ids: [forgotten, left] });
    expect(over).toMatchObject({
      status: "finished",
      counts: { replayed: 1, refused: 1 },
      refusedBy: { not_found: 1 },
    });
    expect(await finishedAgain(left)).toMatchObject({ status: "sent" });

    // Deleted after it was noted: a replay that no workflow has begun.
    const id = randomUUID();
    await createReplays(system.pool).create(
      {
        ...{ replayId: id, clientId: "shop", selection: { eventIds: ["replay-left"], others: 0 } },
        ...{ ratePerSecond: 1, acceptDuplicate: false, expiresAt: null },
      },
      { actor: "test", client: null },
    );
    await system.pool.query("INSERT INTO replay_items (replay_id, notification_id) VALUES ($1, $2)", [id, rows[0]?.id]);
    const reopenings = createReopenings(system.pool);
    expect(await reopenings.reopen(id, rows[0]?.id ?? "")).toEqual({ result: "content_gone" });
    expect(await reopenings.reopen(id, rows[0]?.id ?? "")).toEqual({ result: "taken" });
    const shown = await ok(system.call<Replay>("GET", `/v1/dead-letters/replays/${id}`));
    expect(shown.refusedBy).toMatchObject({ content_gone: 1 });
    await ok(system.call("POST", `/v1/dead-letters/replays/${id}/cancel`));
  });

  it("takes a body that says exactly one thing", async () => {
    for (const body of [{}, { all: true, ids: ["x"] }, { filter: {} }, { ids: [] }, { all: true, ratePerSecond: 0 }]) {
      expect((await system.call("POST", "/v1/dead-letters/replay", body)).status).toBe(400);
    }
    const past = { all: true, expiresAt: "2020-01-01T00:00:00Z" };
    expect((await system.call("POST", "/v1/dead-letters/replay", past)).status).toBe(400);
    const nobody = { all: true, client: "nobody-there" };
    expect((await system.call("POST", "/v1/dead-letters/replay", nobody)).status).toBe(404);
  });
});

describe("what a replay decides again", () => {
  const user = async (name: string) => {
    await ok(system.call("PUT", `/v1/users/${name}`, { timezone: "UTC", attributes: { first_name: name } }));
    const contact = { channel: "email", address: `${name}@example.com` };
    return ok(system.call<{ id: string }>("POST", `/v1/users/${name}/contacts`, contact));
  };

  it("keeps to what the user has said since", async () => {
    await user("opts-out");
    const id = await deadLetter("opted-out-since", { to: { userId: "opts-out" } });
    await ok(system.call("PUT", "/v1/users/opts-out/preferences", { all: false }));
    await replay({ ids: [id] });
    expect(await finishedAgain(id)).toMatchObject({ status: "failed", reason: "opted_out" });
    expect(await timelineOf(id)).toContain("skipped");
    expect(system.messagesOf(id)).toEqual([]);
  });

  it("sends nothing where the same content was sent meanwhile", async () => {
    await user("hears-once");
    await ok(system.call("PUT", "/v1/categories/once-only", { channels: ["email"], dedupWithin: "1h" }));
    const same = { category: "once-only", to: { userId: "hears-once" } };
    const id = await deadLetter("same-1", same);
    // As if its hour had passed.
    await system.pool.query("UPDATE content_keys SET at = at - interval '2 hours' WHERE category_id = 'once-only'");
    const { id: other } = await post("same-2", same);
    expect((await system.finished(other)).status).toBe("sent");
    await replay({ ids: [id] });
    expect(await finishedAgain(id)).toMatchObject({ status: "failed", reason: "duplicate" });
    expect(system.messagesOf(id)).toEqual([]);
  });

  it("goes to the address that the user has now", async () => {
    const { id: contactId } = await user("moves");
    const id = await deadLetter("moved", { to: { userId: "moves" } });
    await ok(system.call("DELETE", `/v1/users/moves/contacts/${contactId}`));
    await ok(system.call("POST", "/v1/users/moves/contacts", { channel: "email", address: "moved@example.com" }));
    await replay({ ids: [id] });
    expect(await finishedAgain(id)).toMatchObject({ status: "sent", deliveries: [{ status: "sent" }] });
    expect(system.messagesOf(id).map(({ to }) => to)).toEqual(["moved@example.com"]);
  });

  it("is not moved beyond the time that it was given", async () => {
    await user("late");
    const id = await deadLetter("moved-replay", { to: { userId: "late" } });
    await ok(system.call("PUT", "/v1/users/late/preferences", { quietHours: quietNow() }));
    const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    const expiresAt = inHours(5);
    await replay({ ids: [id], expiresAt });
    const now = () => ok(system.call<Notification>("GET", `/v1/notifications/${id}`));
    await waitFor("it to be held", async () => (await now()).status === "held");
    const move = (sendAt: string) => system.call("PATCH", `/v1/notifications/${id}`, { sendAt });
    expect((await move(inHours(6))).status).toBe(400);
    expect((await move(inHours(4))).status).toBe(200);
    expect(await now()).toMatchObject({ status: "scheduled", expiresAt });
    await system.cancel(id);
  });

  it("waits for the end of quiet hours, in which it can be cancelled", async () => {
    await user("sleeps");
    const id = await deadLetter("quiet", { to: { userId: "sleeps" } });
    await ok(system.call("PUT", "/v1/users/sleeps/preferences", { quietHours: quietNow() }));
    await replay({ ids: [id] });
    await waitFor("it to be held", async () => {
      const { body } = await system.call<Notification>("GET", `/v1/notifications/${id}`);
      return body.status === "held";
    });
    expect((await replay({ ids: [id] })).refusedBy).toEqual({ already_replayed: 1 });
    expect(await system.cancel(id)).toMatchObject({ result: "too_late" });
    expect(await finishedAgain(id)).toMatchObject({ status: "failed", reason: "cancelled" });
    expect(system.messagesOf(id)).toEqual([]);
    expect((await replay({ ids: [id] })).refusedBy).toEqual({ cancelled: 1 });
  });
});

describe("a late answer that comes with a replay", () => {
  it("settles the doubt; where a second message leaves all the same, it is marked", { timeout: 120_000 }, async () => {
    const ids: string[] = [];
    for (let count = 0; count < 6; count++) {
      ids.push(await doubtful(`late-${count}`));
      // Mail that arrives in between, else the provider would be taken for broken.
      for (const name of ["a", "b"]) await system.finished((await post(`fine-${count}-${name}`)).id);
    }
    const { rows } = await system.pool.query<{ id: string; deliveryId: string }>(
      `SELECT a.id, a.delivery_id AS "deliveryId" FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
       JOIN notifications n ON n.id = d.notification_id WHERE n.event_id LIKE 'late-%' ORDER BY n.event_id`,
    );
    const attempts = createDeliveryAttempts(system.pool);
    const { id: replayId } = await startReplay({ ids, acceptDuplicate: true, ratePerSecond: 100 });
    for (const { id: attemptId, deliveryId } of rows) {
      await attempts.recordLate({ attemptId, deliveryId, outcome: "sent", providerMessageId: "late", code: null });
    }
    await replayed(replayId);
    for (const id of ids) {
      const { status, deliveries } = await system.finished(id, 90_000);
      const copies = system.messagesOf(id).length;
      expect([id, status, deliveries[0]?.status]).toEqual([id, "sent", "sent"]);
      expect([id, copies === 1 || deliveries[0]?.possibleDuplicate]).toEqual([id, true]);
    }
  });
});

describe("several dead letters", { timeout: 60_000 }, () => {
  it("stop where somebody cancels the replay", async () => {
    const ids = [await deadLetter("stopped-1"), await deadLetter("stopped-2"), await deadLetter("stopped-3")];
    const { id } = await startReplay({ ids, ratePerSecond: 0.1 });
    await waitFor("the first to be replayed", async () => {
      const { counts } = await ok(system.call<Replay>("GET", `/v1/dead-letters/replays/${id}`));
      return counts.replayed === 1;
    });
    const stopped = await ok(system.call<Replay>("POST", `/v1/dead-letters/replays/${id}/cancel`));
    expect(stopped).toMatchObject({ status: "cancelled", counts: { replayed: 1, refused: 0, pending: 2 } });
    expect(await ok(system.call<Replay>("POST", `/v1/dead-letters/replays/${id}/cancel`))).toEqual(stopped);
    expect((await replay({ ids })).counts.replayed).toBe(2);
  });
});
