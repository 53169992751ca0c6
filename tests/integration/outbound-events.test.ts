import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OUTBOUND_WORKFLOW } from "../../src/workflows/contract.ts";
import { addRule } from "../support/sandbox-rules.ts";
import { exchange } from "../support/exchange.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";
import { type Receiver, startReceiver, type Taken } from "../support/webhook-receiver.ts";

type Endpoint = {
  id: string;
  secret: string;
  enabled: boolean;
  disabledReason: string | null;
  failingSince: string | null;
};
type Message = { webhookId: string; type: string; eventId: string; status: string; attempts: number; lastCode: string };

/** Under load, a lease and a heartbeat's time-out are not all that takes time. */
const LONG = { timeoutMs: 120_000 };

let system: System;
const receivers: Receiver[] = [];

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
});

afterAll(async () => {
  for (const receiver of receivers) receiver.release();
  await system.stop();
  await Promise.all(receivers.map((receiver) => receiver.close()));
});

async function receiver(): Promise<Receiver> {
  const made = await startReceiver();
  receivers.push(made);
  return made;
}

/** What nobody tells here. */
const TESTS_ONLY = ["delivery.clicked"];
const PATH = "/v1/webhook-endpoints";
const endpoint = (url: string, eventTypes?: string[]) =>
  ok(system.call<Endpoint>("POST", PATH, { url, ...(eventTypes === undefined ? {} : { eventTypes }) }));
const look = ({ id }: Endpoint) => ok(system.call<Endpoint>("GET", `${PATH}/${id}`));
const remove = ({ id }: Endpoint) => ok(system.call("DELETE", `${PATH}/${id}`));
const messages = async ({ id }: Endpoint) =>
  (await ok(system.call<{ items: Message[] }>("GET", `${PATH}/${id}/deliveries?limit=200`))).items;
const test = async ({ id }: Endpoint) =>
  (await ok(system.call<{ webhookId: string }>("POST", `${PATH}/${id}/test`))).webhookId;
const send = (eventId: string, more: Record<string, unknown> = {}) =>
  ok(system.call<Notification>("POST", "/v1/notifications", order(eventId, { category: "letters", ...more })));
const verified = (secret: string, { text, headers }: Taken) =>
  new Webhook(secret).verify(text, headers as Record<string, string>);

/** Waits until an event of this id is noted so at the endpoint. */
const noted = (at: Endpoint, webhookId: string, status: string) =>
  waitFor(
    `${webhookId} to be ${status}`,
    async () => (await messages(at)).find((message) => message.webhookId === webhookId && message.status === status),
    LONG,
  );

describe("an endpoint", { timeout: 240_000 }, () => {
  it("is told each final status as a look-up says it, signed for any library of Standard Webhooks", async () => {
    const { url, taken } = await receiver();
    const made = await endpoint(url);
    await ok(system.call("PUT", "/v1/users/silent", { attributes: { first_name: "Silent" } }));
    await addRule(system.sandbox, { channel: "email" }, { status: 552 }, 1);
    const failed = await send("told-failed");
    await system.finished(failed.id);
    const waiting = await send("told-cancelled", { sendAt: new Date(Date.now() + 3_600_000).toISOString() });
    const sent = await send("told-sent", { category: "orders" });
    const suppressed = await send("told-suppressed", { to: { userId: "silent" } });
    await system.cancel(waiting.id);
    for (const { id } of [failed, waiting, sent, suppressed]) {
      const { status, reason, eventId, deliveries } = await system.finished(id);
      const told = await waitFor(`${eventId} to be told`, () =>
        taken.find(({ body }) => body.data.notificationId === id && body.type.startsWith("notification.")),
      );
      expect(told.body).toMatchObject({ type: `notification.${status}` });
      expect(told.body.data).toEqual({ notificationId: id, eventId, status, reason });
      for (const delivery of deliveries) {
        const about = await waitFor(`a delivery of ${eventId} to be told`, () =>
          taken.find(({ body }) => body.data.deliveryId === delivery.id),
        );
        expect(about.body).toMatchObject({ type: `delivery.${delivery.status}` });
        const { channel, provider } = delivery;
        expect(about.body.data).toMatchObject({
          notificationId: id,
          eventId,
          channel,
          provider,
          reason: delivery.reason,
        });
      }
    }
    expect(new Set(taken.map(({ body }) => body.data.status))).toEqual(
      new Set(["failed", "cancelled", "sent", "suppressed"]),
    );
    for (const one of taken) {
      expect(verified(made.secret, one)).toEqual(one.body);
      expect(() => verified(made.secret, { ...one, text: `${one.text} ` })).toThrow();
      expect(one.text).not.toMatch(/@|token|kettle|Mina/i);
    }
    expect(new Set(taken.map(({ webhookId }) => webhookId)).size).toBe(taken.length);
    await remove(made);
  });

  it("that does not take an event gets it again with the same id; a redirect is not followed", async () => {
    const [away, elsewhere] = [await receiver(), await receiver()];
    away.answer.status = 307;
    away.answer.headers = { location: elsewhere.url };
    const made = await endpoint(away.url, TESTS_ONLY);
    const webhookId = await test(made);
    const first = await waitFor("a first try to be noted", async () =>
      (await messages(made)).find(({ lastCode }) => lastCode === "307"),
    );
    expect(first).toMatchObject({ webhookId, type: "endpoint.test", status: "pending", attempts: 1 });
    away.answer.status = 200;
    expect(await noted(made, webhookId, "delivered")).toMatchObject({ lastCode: "200" });
    expect(new Set(away.taken.map((one) => one.webhookId))).toEqual(new Set([webhookId]));
    expect(away.taken.length).toBeGreaterThan(1);
    expect(elsewhere.taken).toEqual([]);
    expect(await look(made)).toMatchObject({ enabled: true, failingSince: null });
    await remove(made);
  });

  it("whose secret cannot be read says so, is tried less and less, and gets what it missed by a new secret", async () => {
    const { url, taken } = await receiver();
    const made = await endpoint(url, TESTS_ONLY);
    await system.pool.query("UPDATE webhook_endpoints SET secret_key_id = 'lost' WHERE id = $1", [made.id]);
    const webhookId = await test(made);
    const first = await waitFor("a first try to be noted", async () =>
      (await messages(made)).find(({ lastCode }) => lastCode === "secret_unreadable"),
    );
    expect(first).toMatchObject({ webhookId, status: "pending", attempts: 1 });
    expect((await look(made)).failingSince).not.toBeNull();
    const { secret } = await ok(system.call<Endpoint>("POST", `${PATH}/${made.id}/rotate-secret`));
    await noted(made, webhookId, "delivered");
    expect(taken.map((one) => one.webhookId)).toEqual([webhookId]);
    for (const one of taken) expect(verified(secret, one)).toEqual(one.body);
    await remove(made);
  });

  it("that does not answer holds up no other", async () => {
    const [slow, fast] = [await receiver(), await receiver()];
    slow.answer.hold = true;
    const made = [await endpoint(slow.url, ["notification.sent"]), await endpoint(fast.url, ["notification.sent"])];
    const ids = await Promise.all(Array.from({ length: 15 }, async (_, index) => (await send(`beside-${index}`)).id));
    await waitFor("the fast one to be told of all", () => fast.taken.length === ids.length, LONG);
    expect(new Set(fast.taken.map(({ body }) => body.data.notificationId))).toEqual(new Set(ids));
    // Ten calls may be under way to it at once.
    expect(slow.taken.length).toBeLessThanOrEqual(10);
    slow.release();
    await Promise.all(made.map(remove));
  });

  it("that says that it is gone is disabled, and gets what it missed by a replay", async () => {
    const { url, taken, answer } = await receiver();
    const made = await endpoint(url, ["notification.*"]);
    answer.status = 410;
    await send("before-gone");
    await waitFor("it to be disabled", async () => !(await look(made)).enabled, LONG);
    expect(await look(made)).toMatchObject({ disabledReason: "gone" });
    const { items } = await ok(
      system.call<{ items: { subject: string; detail: unknown }[] }>("GET", "/v1/alerts?kind=endpoint_disabled"),
    );
    expect(items.find(({ subject }) => subject === made.id)?.detail).toEqual({ client: "shop", reason: "gone" });

    answer.status = 204;
    const missed = await send("while-gone");
    await system.finished(missed.id);
    expect((await system.call("POST", `${PATH}/${made.id}/test`)).status).toBe(409);
    const since = new Date(Date.now() - 3_600_000).toISOString();
    expect((await system.call("POST", `${PATH}/${made.id}/replay`, { since })).body).toMatchObject({
      code: "endpoint_disabled",
    });
    expect((await messages(made)).map(({ eventId }) => eventId)).toEqual(["before-gone"]);

    const before = taken.map(({ webhookId }) => webhookId);
    await ok(system.call("PATCH", `${PATH}/${made.id}`, { enabled: true }));
    const replay = await ok(system.call<{ queued: number }>("POST", `${PATH}/${made.id}/replay`, { since }));
    // Events of the tests before are not this endpoint's to miss: it would have asked for them, too.
    expect(replay.queued).toBeGreaterThanOrEqual(2);
    await waitFor(
      "all to be delivered",
      async () => (await messages(made)).every(({ status }) => status === "delivered"),
      LONG,
    );
    const again = taken.slice(before.length);
    expect(again.map(({ body }) => body.data.eventId)).toEqual(expect.arrayContaining(["before-gone", "while-gone"]));
    expect(again.map(({ webhookId }) => webhookId)).toContain(before[0]);
    // Nothing is left to bring, unless all is asked for.
    expect(await ok(system.call("POST", `${PATH}/${made.id}/replay`, { since }))).toMatchObject({ queued: 0 });
    const all = await ok(system.call("POST", `${PATH}/${made.id}/replay`, { since, all: true }));
    expect(all).toEqual({ queued: replay.queued, continueFrom: null });
    await remove(made);
  });

  it("that has only failed for five days is disabled, and one that failed long ago is not", async () => {
    const { url, answer } = await receiver();
    answer.status = 500;
    const [old, recent] = [await endpoint(url, TESTS_ONLY), await endpoint(url, TESTS_ONLY)];
    const fail = (id: string, since: string, last: string) =>
      system.pool.query(
        `UPDATE webhook_endpoints SET failing_since = now() - $2::interval, last_failure_at = now() - $3::interval
         WHERE id = $1`,
        [id, since, last],
      );
    await fail(old.id, "121 hours", "1 hour");
    await fail(recent.id, "30 days", "3 days");
    const [first, second] = [await test(old), await test(recent)];
    await noted(old, first, "failed");
    expect(await look(old)).toMatchObject({ enabled: false, disabledReason: "failing" });
    await waitFor("the other one to have failed", async () =>
      (await messages(recent)).some(({ webhookId, lastCode }) => webhookId === second && lastCode === "500"),
    );
    expect(await look(recent)).toMatchObject({ enabled: true });
    await Promise.all([old, recent].map(remove));
  });

  it("is told with both secrets for a day after a rotation, and then with the new one", async () => {
    const { url, taken } = await receiver();
    const made = await endpoint(url, TESTS_ONLY);
    const { secret } = await ok(system.call<Endpoint>("POST", `${PATH}/${made.id}/rotate-secret`));
    expect(secret).not.toBe(made.secret);
    await noted(made, await test(made), "delivered");
    const [both] = taken;
    if (both === undefined) return expect.fail("nothing was told");
    expect(verified(secret, both)).toEqual(both.body);
    expect(verified(made.secret, both)).toEqual(both.body);
    await system.pool.query("UPDATE webhook_endpoints SET old_secret_until = now() WHERE id = $1", [made.id]);
    await noted(made, await test(made), "delivered");
    const [, last] = taken;
    if (last === undefined) return expect.fail("nothing was told");
    expect(verified(secret, last)).toEqual(last.body);
    expect(() => verified(made.secret, last)).toThrow();
    await remove(made);
  });

  it("is its client's alone, and one of ten at most", async () => {
    const { url } = await receiver();
    const other = await ok(
      system.call<{ appKey: string; appSecret: string }>("POST", "/v1/keys", {
        name: "other",
        client: "other",
        scopes: ["manage"],
      }),
    );
    const headers = { authorization: `Bearer ${other.appKey}.${other.appSecret}` };
    const asOther = <T = Record<string, unknown>>(method: string, path: string, body?: unknown) =>
      exchange<T>(system.apis[0]?.url ?? "", method, path, body, headers);
    const made = await Promise.all(Array.from({ length: 12 }, () => asOther<Endpoint>("POST", PATH, { url })));
    expect(made.map(({ status }) => status).toSorted()).toEqual([...Array<number>(10).fill(201), 409, 409]);
    const theirs = made.find(({ status }) => status === 201)?.body.id ?? "";
    const mine = await endpoint(url);
    expect((await ok(system.call<{ items: Endpoint[] }>("GET", PATH))).items.map(({ id }) => id)).toEqual([mine.id]);
    const calls: [string, string, unknown?][] = [
      ["GET", ""],
      ["PATCH", "", { enabled: false }],
      ["POST", "/rotate-secret"],
      ["POST", "/test"],
      ["POST", "/replay", { since: "2026-01-01T00:00:00Z" }],
      ["GET", "/deliveries"],
    ];
    for (const [method, path, body] of calls) {
      expect((await system.call(method, `${PATH}/${theirs}${path}`, body)).status).toBe(404);
    }
    const backwards = { since: "2026-02-01T00:00:00Z", until: "2026-01-01T00:00:00Z" };
    expect(await system.call("POST", `${PATH}/${mine.id}/replay`, backwards)).toMatchObject({
      status: 400,
      body: { errors: [{ field: "until" }] },
    });
    await ok(system.call("DELETE", `${PATH}/${theirs}`));
    expect((await asOther("GET", `${PATH}/${theirs}`)).status).toBe(200);
    await remove(mine);
  });

  it.each([
    ["an address that is private", "https://10.1.2.3/hook"],
    ["one that is, in another spelling", "https://0xa9.0xfe.43518/latest"],
    ["one within an IPv6 address", "https://[::ffff:169.254.169.254]/"],
    ["a password", "https://user:secret@example.com/hook"],
    ["another scheme", "ftp://example.com/hook"],
  ])("is refused with %s", async (_, url) => {
    const answer = await system.call("POST", PATH, { url });
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request", errors: [{ field: "url" }] } });
  });

  it("gets an event again whose worker was killed while it was told, with the same id", async () => {
    const held = await receiver();
    const { url, taken, answer } = held;
    const made = await endpoint(url, TESTS_ONLY);
    answer.hold = true;
    const webhookId = await test(made);
    await waitFor("a call to be under way", () => taken.length === 1, LONG);
    await Promise.all(system.workers.splice(0).map((worker) => worker.kill()));
    held.release();
    await system.startWorker();
    expect(await noted(made, webhookId, "delivered")).toMatchObject({ attempts: 2 });
    expect(taken.map((one) => one.webhookId)).toEqual([webhookId, webhookId]);
    // More than one workflow would make more calls to an endpoint at once than there may be.
    const running = `WorkflowType = "${OUTBOUND_WORKFLOW}" AND ExecutionStatus = "Running"`;
    await waitFor("one workflow to run", async () => (await system.client.workflow.count(running)).count === 1, LONG);
    await remove(made);
  });
});
