import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addRule, clearRules } from "../support/sandbox-rules.ts";
import { type OwnServers, startOwnServers } from "../support/own-servers.ts";
import { type Notification, ok, order, seed, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

// Who gets what is decided once, whoever asks at the same time and whoever dies meanwhile. `npm run faults` has the
// large numbers, `npm test` small ones.

const FULL = process.env.FAULT_SEEDS !== undefined;
/** Of as many notifications to one user at the same time, a limit lets so many through. */
const LIMITED = FULL ? { rounds: 20, asked: 500, max: 100 } : { rounds: 1, asked: 150, max: 30 };
const DEFERRED = { asked: 60, max: 20, per: "6s", perMs: 6_000 };
const CANCELS = FULL ? 1_000 : 150;
/** Requests under way at the same time. */
const CONCURRENCY = 10;
/** The time-out of an activity that was lost twice, and some. */
const RECOVERY_MS = 150_000;

let servers: OwnServers;
let system: System;

beforeAll(async () => {
  servers = await startOwnServers("races", {
    apis: 2,
    workers: 2,
  });
  ({ system } = servers);
  await seed(system);
}, 180_000);

afterAll(() => servers.stop(), 120_000);

/** Through one API process or the other, again where it says `503`, as a caller would. */
const ask = <T>(path: string, body: unknown, index: number) =>
  waitFor(
    `POST ${path} to be answered`,
    async () => {
      const answer = await system.call<T>("POST", path, body, system.apis[index % 2]);
      return answer.status !== 503 && ok(Promise.resolve(answer));
    },
    { timeoutMs: RECOVERY_MS },
  );

const post = (eventId: string, index: number, more: Record<string, unknown> = {}) =>
  ask<Notification>("/v1/notifications", order(eventId, more), index);

/** A number of times, so many at once. */
async function many<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  const indices = Array.from({ length: count }, (_, index) => index).values();
  const run = async () => {
    for (const index of indices) results[index] = await work(index);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, run));
  return results;
}

async function givenUser(id: string): Promise<void> {
  await ok(system.call("PUT", `/v1/users/${id}`, { attributes: { first_name: "Mina" } }));
  await ok(system.call("POST", `/v1/users/${id}/contacts`, { channel: "fcm", address: `token-of-${id}` }));
}

async function countOf(userId: string, condition = "true"): Promise<number> {
  const { rows } = await system.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM notifications WHERE user_id = $1 AND ${condition}`,
    [userId],
  );
  return rows[0]?.count ?? 0;
}

const allFinal = (userId: string, count: number) =>
  waitFor(`all of ${userId} to be final`, async () => (await countOf(userId, "final_at IS NOT NULL")) === count, {
    timeoutMs: RECOVERY_MS,
    everyMs: 200,
  });

describe("a limit that defers", () => {
  it("never lets more through in any interval, and makes each wait once", { timeout: 240_000 }, async () => {
    const { asked, max, per, perMs } = DEFERRED;
    await givenUser("deferred");
    const more = { to: { userId: "deferred" }, category: "deferring" };
    await ok(
      system.call("PUT", "/v1/categories/deferring", { channels: ["push"], limits: [{ max, per }], onLimit: "defer" }),
    );
    const posted = await many(asked, (index) => post(`deferred-${index}`, index, more));
    await allFinal("deferred", asked);
    expect(await countOf("deferred", "status = 'sent'")).toBe(asked);

    const { rows: bookings } = await system.pool.query<{ eventId: string; at: Date }>(
      `SELECT n.event_id AS "eventId", b.at FROM rate_bookings b JOIN notifications n ON n.id = b.notification_id
       WHERE b.subject = 'deferred'`,
    );
    const placeOf = new Map(bookings.map(({ eventId, at }) => [eventId, at.getTime()]));
    expect(placeOf.size).toBe(asked);
    expect(busiest([...placeOf.values()], perMs)).toBe(max);
    const sends = posted.map(({ id, eventId }) => {
      const [message, ...more] = system.messagesOf(id);
      expect(more).toEqual([]);
      return { place: placeOf.get(eventId) ?? 0, at: Date.parse(message?.at ?? "") };
    });
    // A message leaves at its place or after it, as fast as the machine is, and never before.
    const late = sends.map(({ place, at }) => at - place);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    const times = sends.map(({ at }) => at);
    expect(busiest(times, perMs - Math.max(...late))).toBeLessThanOrEqual(max);
    console.log(`deferred: at most ${busiest(times, perMs)} sends in ${per}, the latest ${Math.max(...late)} ms late`);

    const { rows: waits } = await system.pool.query<{ waits: number }>(
      `SELECT count(*)::int AS waits FROM timeline_events e JOIN notifications n ON n.id = e.notification_id
       WHERE n.user_id = 'deferred' AND e.type = 'held' GROUP BY n.id`,
    );
    expect(waits.length).toBeGreaterThan(0);
    expect(new Set(waits.map((one) => one.waits))).toEqual(new Set([1]));
  });
});

/** However slow the machine is, its attempts are being made, or are over. */
const isBegun = (id: string) =>
  waitFor(
    `${id} to be sending or beyond`,
    async () => {
      const { body } = await system.call<Notification>("GET", `/v1/notifications/${id}`);
      return body.status !== "accepted";
    },
    { timeoutMs: RECOVERY_MS, everyMs: 20 },
  );

type Cancelled = { result: "cancelled" | "too_late"; stopped: { deliveryId: string }[] };

describe("cancels at any moment around the attempt", () => {
  it(`${CANCELS} times keep their word`, { timeout: 300_000 }, async () => {
    await addRule(system.sandbox, {}, { delayMs: 100 });
    // Some wait for their second attempt.
    await addRule(system.sandbox, { provider: "smtp" }, { status: 451 }, Math.floor(CANCELS / 4));
    const moments = fc.sample(fc.record({ begun: fc.boolean(), after: fc.nat(400) }), { seed: 1, numRuns: CANCELS });
    const answers = await many(CANCELS, async (index) => {
      const { id } = await post(`cancelled-${index}`, index);
      const { begun = false, after } = moments[index] ?? {};
      if (begun) await isBegun(id);
      await delay(after);
      const answer = await ask<Cancelled>(`/v1/notifications/${id}/cancel`, undefined, index + 1);
      return { id, ...answer };
    });
    const broken: unknown[] = [];
    for (const { id, result, stopped } of answers) {
      const { status, deliveries } = await system.finished(id, RECOVERY_MS);
      const messages = system.messagesOf(id);
      if (result === "cancelled") {
        if (status !== "cancelled" || messages.length > 0) broken.push({ id, result, status, messages });
        continue;
      }
      const said = new Set(stopped.map(({ deliveryId }) => deliveryId));
      for (const delivery of deliveries) {
        const sent = messages.some(({ channel }) => channel === delivery.channel);
        const asSaid = said.has(delivery.id)
          ? delivery.status === "cancelled" && !sent
          : delivery.status === "sent" && sent;
        if (!asSaid) broken.push({ id, result, status, delivery, sent, stopped });
      }
    }
    await clearRules(system.sandbox);
    expect(broken).toEqual([]);
    // Every side of the race must have been seen, or nothing was shown.
    const seen = new Set(
      answers.map(({ result, stopped }) => `${result}, ${stopped.length > 0 ? "some" : "none"} stopped`),
    );
    expect([...seen]).toEqual(
      expect.arrayContaining(["cancelled, some stopped", "too_late, some stopped", "too_late, none stopped"]),
    );
  });
});

describe("a limit that drops", () => {
  it.each(Array.from({ length: LIMITED.rounds }, (_, index) => index + 1))(
    `lets exactly ${LIMITED.max} of ${LIMITED.asked} through while workers are killed, round %i`,
    { timeout: 400_000 },
    async (round) => {
      const { asked, max } = LIMITED;
      const userId = `limited-${round}`;
      await givenUser(userId);
      await ok(system.call("PUT", "/v1/categories/limited", { channels: ["push"], limits: [{ max, per: "1d" }] }));
      const posting = many(asked, (index) =>
        post(`${userId}-${index}`, index, { to: { userId }, category: "limited" }),
      );
      // One worker after the other, when so many have been decided on.
      const moments = fc.sample(fc.integer({ min: 1, max: asked - 1 }), { seed: round, numRuns: 3 });
      for (const moment of moments.toSorted((a, b) => a - b)) {
        await waitFor(`${moment} to be decided on`, async () => (await countOf(userId)) >= moment, {
          timeoutMs: RECOVERY_MS,
          everyMs: 10,
        });
        await system.workers.shift()?.kill();
        await system.startWorker();
      }
      const posted = await posting;
      await allFinal(userId, asked);
      expect([
        await countOf(userId, "status = 'sent' AND reason IS NULL"),
        await countOf(userId, "status = 'suppressed' AND reason = 'rate_limited'"),
      ]).toEqual([max, asked - max]);
      const reached = posted.filter(({ id }) => system.messagesOf(id).length > 0);
      expect(reached).toHaveLength(max);
    },
  );
});

/** The most of these times that any half-open interval of this length holds. */
function busiest(times: readonly number[], lengthMs: number): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + lengthMs).length));
}
