import { randomUUID } from "node:crypto";
import { ScheduleOverlapPolicy } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createErasures } from "../../src/database/erasures.ts";
import { REPAIR_SCHEDULE } from "../../src/workflows/contract.ts";
import { addRule } from "../support/sandbox-rules.ts";
import { CLIENT_ID, type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

type Json = Record<string, unknown>;

/** A round of repair that crosses the end of a pause holds the channel back until the next one. */
const PAST_A_PAUSE_MS = 85_000;

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
  await ok(
    system.call("PUT", "/v1/templates/plain", {
      locales: { default: { email: { subject: "Hello", text: "Hello!" } } },
    }),
  );
});

afterAll(() => system.stop());

const call = <T = Json>(method: string, path: string, body?: unknown) => system.call<T>(method, path, body);
const erase = (user: string) => ok(call("DELETE", `/v1/users/${user}`));
const iso = (inMs: number) => new Date(Date.now() + inMs).toISOString();

/** Somebody with a mailbox; with an ID that was used before, somebody new. */
async function givenReader(user = `user-${randomUUID()}`): Promise<string> {
  await ok(call("PUT", `/v1/users/${user}`, { attributes: { first_name: "Jun" } }));
  const contact = { channel: "email", address: `reader-${randomUUID()}@example.com` };
  await ok(call("POST", `/v1/users/${user}/contacts`, contact));
  return user;
}

const letter = (user: string, more: Json = {}) =>
  ok(
    call<Notification>(
      "POST",
      "/v1/notifications",
      order(`letter-${randomUUID()}`, { to: { userId: user }, category: "letters", ...more }),
    ),
  );

async function untilPlanned({ id }: Notification): Promise<void> {
  await waitFor("it to be planned", async () => {
    const { deliveries } = await ok(call<Notification>("GET", `/v1/notifications/${id}`));
    return deliveries[0]?.status === "pending";
  });
}

async function untilScheduled({ id }: Notification): Promise<void> {
  await waitFor("it to be scheduled", async () => {
    return (await ok(call<Notification>("GET", `/v1/notifications/${id}`))).status === "scheduled";
  });
}

/** The variables that are kept of a notification. */
async function dataOf({ eventId }: Notification): Promise<unknown> {
  const { rows } = await system.pool.query<{ data: unknown }>(
    `SELECT c.request -> 'data' AS data
     FROM notification_contents c JOIN notifications n ON n.id = c.notification_id WHERE n.event_id = $1`,
    [eventId],
  );
  return rows[0]?.data;
}

describe("the erasure of a user", () => {
  it("takes contacts, preferences, topics and attributes at once, and the variables of past notifications", async () => {
    const user = await givenReader();
    await ok(call("PUT", `/v1/users/${user}/preferences`, { categories: { orders: { push: false } } }));
    await ok(call("PUT", `/v1/users/${user}/topics/news`));
    const { id } = await letter(user, { data: { item_name: "A secret" } });
    await system.finished(id);
    for (const _ of [1, 2]) expect((await call("DELETE", `/v1/users/${user}`)).status).toBe(204);

    const { rows } = await system.pool.query<Json>(
      `SELECT (SELECT count(*)::int FROM users WHERE id = $1) AS users,
         (SELECT count(*)::int FROM contacts WHERE user_id = $1) AS contacts,
         (SELECT count(*)::int FROM preferences WHERE user_id = $1) AS preferences,
         (SELECT count(*)::int FROM topic_subscriptions WHERE user_id = $1) AS topics,
         (SELECT count(*)::int FROM notification_contents WHERE request::text LIKE '%A secret%') AS contents`,
      [user],
    );
    expect(rows).toEqual([{ users: 0, contacts: 0, preferences: 0, topics: 0, contents: 0 }]);
    expect(await call("GET", `/v1/notifications/${id}`)).toMatchObject({ status: 200, body: { user } });
  });

  it("stops what is still to be sent to them, also where it was planned already", { timeout: 120_000 }, async () => {
    await ok(call("PUT", "/v1/channels/email", { paused: true }));
    const user = await givenReader();
    const planned = await letter(user);
    const scheduled = await letter(user, { sendAt: iso(3_600_000) });
    await untilPlanned(planned);
    await untilScheduled(scheduled);
    await erase(user);
    await ok(call("PUT", "/v1/channels/email", { paused: false }));
    await ok(call("PATCH", `/v1/notifications/${scheduled.id}`, { sendAt: iso(5_000) }));
    for (const { id } of [planned, scheduled]) {
      expect(await system.finished(id, PAST_A_PAUSE_MS)).toMatchObject({ status: "suppressed", reason: "no_contact" });
      expect(system.messagesOf(id)).toEqual([]);
    }
  });
});

describe("somebody new with the ID of a user who was erased", { timeout: 120_000 }, () => {
  const expectNothing = async ({ id }: Notification) => {
    expect(await system.finished(id, PAST_A_PAUSE_MS)).toMatchObject({ status: "suppressed", reason: "no_contact" });
    expect(system.messagesOf(id)).toEqual([]);
  };
  const expectSent = async ({ id }: Notification) => {
    expect(await system.finished(id, PAST_A_PAUSE_MS)).toMatchObject({ status: "sent" });
    expect(system.messagesOf(id)).toHaveLength(1);
  };

  it("gets nothing of what waited for its time or behind a pause, and all that comes after", async () => {
    await ok(call("PUT", "/v1/channels/email", { paused: true }));
    const user = await givenReader();
    const planned = await letter(user);
    // Its text needs no variables, so nothing but the rule can hold it back.
    const scheduled = await letter(user, { template: "plain", data: {}, sendAt: iso(3_600_000) });
    await untilPlanned(planned);
    await untilScheduled(scheduled);
    await erase(user);
    await givenReader(user);
    const welcome = await letter(user);
    const later = await letter(user, { sendAt: iso(3_600_000) });
    await untilScheduled(later);
    await ok(call("PUT", "/v1/channels/email", { paused: false }));
    for (const { id } of [scheduled, later]) {
      await ok(call("PATCH", `/v1/notifications/${id}`, { sendAt: iso(3_000) }));
    }
    await Promise.all([expectNothing(planned), expectNothing(scheduled), expectSent(welcome), expectSent(later)]);
  });

  it("gets nothing of what was accepted and not admitted yet, of which no variables are kept either", async () => {
    await Promise.all(system.workers.splice(0).map((worker) => worker.stop()));
    const user = await givenReader();
    const before = await letter(user, { data: { item_name: "A secret" } });
    await erase(user);
    await givenReader(user);
    const after = await letter(user);
    await system.startWorker();
    await Promise.all([expectNothing(before), expectSent(after)]);
    expect(await dataOf(before)).toEqual({});
    expect(await dataOf(after)).toEqual({ item_name: "Blue kettle" });
  });

  it("gets no dead letter that is sent again", async () => {
    const user = await givenReader();
    await addRule(system.sandbox, { channel: "email" }, { status: 552 }, 1);
    const { id } = await letter(user, { template: "plain", data: {} });
    expect(await system.finished(id)).toMatchObject({ status: "failed" });
    await erase(user);
    await givenReader(user);
    await ok(call("POST", "/v1/dead-letters/replay", { ids: [id] }));
    const { items } = await waitFor("it to be over again", async () => {
      const timeline = await ok(
        call<{ items: { type: string; detail: Json }[] }>("GET", `/v1/notifications/${id}/timeline`),
      );
      const types = timeline.items.map(({ type }) => type);
      return types.includes("replayed") && types.at(-1) === "finished" && timeline;
    });
    expect(items.findLast(({ type }) => type === "skipped")?.detail).toEqual({ reason: "no_contact" });
    expect(await system.finished(id)).toMatchObject({ status: "failed" });
    expect(system.messagesOf(id)).toEqual([]);
  });
});

describe("an erasure that was broken off after its user was deleted", { timeout: 120_000 }, () => {
  it("is gone on with by repair, which leaves alone what was written to somebody new with that ID", async () => {
    const user = await givenReader();
    const before = await letter(user, { data: { item_name: "A secret" } });
    await system.finished(before.id);
    expect(await dataOf(before)).toEqual({ item_name: "A secret" });
    // All that the API does in one transaction.
    await system.pool.query("DELETE FROM users WHERE id = $1", [user]);
    await givenReader(user);
    const after = await letter(user, { sendAt: iso(3_600_000) });
    await untilScheduled(after);
    await waitFor(
      "repair to have cleared it",
      async () => {
        await system.client.schedule.getHandle(REPAIR_SCHEDULE).trigger(ScheduleOverlapPolicy.BUFFER_ONE);
        const { rowCount } = await system.pool.query(
          "SELECT FROM erasures WHERE user_id = $1 AND cleared_at IS NOT NULL",
          [user],
        );
        return rowCount === 1;
      },
      { timeoutMs: 60_000, everyMs: 1_000 },
    );
    expect(await dataOf(before)).toEqual({});
    expect(await dataOf(after)).toEqual({ item_name: "Blue kettle" });
    await system.cancel(after.id);
  });

  it("goes on page by page, and begins anew where the user is erased again", async () => {
    // Else a round of repair may clear a page in between.
    await Promise.all(system.workers.splice(0).map((worker) => worker.stop()));
    const user = `user-${randomUUID()}`;
    const broken = async () => {
      await system.pool.query("INSERT INTO users (id) VALUES ($1)", [user]);
      await system.pool.query("DELETE FROM users WHERE id = $1", [user]);
    };
    const written = (count: number) =>
      system.pool.query(
        `WITH n AS (
           INSERT INTO notifications (id, client_id, event_id, workflow_id, user_id, category_id, template_id,
             template_version, status, mandatory, guarantee, priority, accepted_at, decided_at, final_at)
           SELECT gen_random_uuid(), $2, gen_random_uuid(), 'w', $1, 'letters', 'order_shipped', 1, 'sent', false,
             'at_least_once', 'normal', now() - interval '1 minute', now(), now()
           FROM generate_series(1, $3::int) RETURNING id
         )
         INSERT INTO notification_contents (notification_id, request) SELECT id, '{"data": {"item_name": "x"}}' FROM n`,
        [user, CLIENT_ID, count],
      );
    const left = async () => {
      const { rowCount } = await system.pool.query(
        `SELECT FROM notification_contents c JOIN notifications n ON n.id = c.notification_id
         WHERE n.user_id = $1 AND c.request -> 'data' <> '{}'`,
        [user],
      );
      return rowCount;
    };
    const clear = () => createErasures(system.pool).clearPage(user, 2);
    await written(5);
    await broken();
    expect([await clear(), await left()]).toEqual([true, 3]);
    await written(3);
    await broken();
    for (const page of [1, 2, 3, 4]) expect([page, await clear()]).toEqual([page, true]);
    expect(await left()).toBe(0);
    // The last page was full: only the next one, which is empty, tells that it was the last.
    expect([await clear(), await clear()]).toEqual([true, false]);
  });
});
