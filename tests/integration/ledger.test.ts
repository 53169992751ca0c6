import { randomBytes, randomUUID } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAdmissions, type Deciding, type NewNotification } from "../../src/database/admissions.ts";
import { createCancellations } from "../../src/database/cancellations.ts";
import { createSettle } from "../../src/activities/settle.ts";
import type { SendJob } from "../../src/database/send-jobs.ts";
import { type CloseAttempt, createDeliveryAttempts } from "../../src/database/delivery-attempts.ts";
import { doubtRecord } from "../../src/database/lost-records.ts";
import { createPool, inTransaction } from "../../src/database/pool.ts";
import type { Decision } from "../../src/domain/decide-notification.ts";
import type { NotificationKey } from "../../src/domain/notification-id.ts";
import type { Guarantee } from "../../src/domain/guarantee.ts";
import { outcomeOf, type SkipReason } from "../../src/domain/status.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { waitFor } from "../support/wait-for.ts";

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, { max: 20, applicationName: "ledger-test" });
  await pool.query("INSERT INTO clients (id, name) VALUES ('shop', 'Shop')");
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** A notification with deliveries to `contacts` fresh devices, each on its way. */
async function givenNotification(contacts: number, options: { guarantee?: Guarantee; expiresAt?: Date } = {}) {
  const admissions = createAdmissions(pool);
  const userId = `user-${randomUUID()}`;
  const eventId = `event-${randomUUID()}`;
  await pool.query("INSERT INTO users (id) VALUES ($1)", [userId]);
  const contactIds = Array.from({ length: contacts }, () => randomUUID());
  await pool.query(
    `INSERT INTO contacts (id, user_id, channel, address, address_hash)
     SELECT id, $2, 'fcm', 'token-' || id, decode(replace(id::text, '-', ''), 'hex') FROM unnest($1::uuid[]) AS id`,
    [contactIds, userId],
  );
  const key = { clientId: "shop", eventId };
  const claim = await admissions.claim(
    { key, bodyHash: "aa", owner: { workflowId: `ntf:shop:${eventId}`, firstRunId: "run", generation: 0 } },
    (notificationId) =>
      decidingOn(newNotification(notificationId, key, userId, options), {
        kind: "send",
        deliveries: contactIds.map((contactId) => ({ send: true, channel: "fcm", contactId })),
      }),
  );
  if (claim.owner !== "mine") throw new Error("a fresh event ID was taken");
  return { notificationId: claim.notificationId, userId, deliveries: claim.row.open ?? [] };
}

function newNotification(
  notificationId: string,
  key: NotificationKey,
  userId: string,
  options: { guarantee?: Guarantee; expiresAt?: Date } = {},
): NewNotification {
  return {
    notificationId,
    key,
    workflowId: `ntf:shop:${key.eventId}`,
    generation: 0,
    userId,
    categoryId: "orders",
    template: { id: "order_shipped", version: 1 },
    mandatory: false,
    guarantee: options.guarantee ?? "at_least_once",
    priority: "normal",
    locale: null,
    acceptedAt: new Date(),
    sendAt: null,
    expiresAt: options.expiresAt ?? null,
    request: {},
  };
}

const contentsOf = async (notificationId: string) => {
  const { rows } = await pool.query<{ request: unknown }>(
    "SELECT request FROM notification_contents WHERE notification_id = $1",
    [notificationId],
  );
  return rows[0]?.request;
};

/** A decision that nobody is to get anything. */
const nobody = (key: NotificationKey) => (notificationId: string) =>
  decidingOn(newNotification(notificationId, key, "nobody"), {
    kind: "refused",
    deliveries: [{ send: false, channel: "email", reason: "no_contact" }],
  });

function decidingOn(notification: NewNotification, decision: Decision): Deciding {
  const limits = { subject: "", limits: [], onFull: "drop" as const, notBefore: (time: Date) => time };
  return { notification, now: new Date(), decide: () => decision, addressHash: null, content: null, limits };
}

const NO_SMS = { country: null, smsCountriesByDefault: null, segments: null };

function opening(notificationId: string, deliveryId: string, attemptsBefore = 0, decidedAt = new Date()) {
  const attemptId = randomUUID();
  const attempt = {
    notificationId,
    deliveryId,
    attemptId,
    generation: 0,
    attemptsBefore,
    decidedAt,
    providers: ["fcm"],
    channelWords: ["push", "fcm"] as const,
    ...NO_SMS,
  };
  return { attemptId, open: async () => (await createDeliveryAttempts(pool).open(attempt)).verdict };
}

const sent = (deliveryId: string, attemptId: string): CloseAttempt => ({
  deliveryId,
  attemptId,
  outcome: "sent",
  providerMessageId: "m1",
  code: null,
  next: { delivery: "sent", reason: null },
});

async function statusOf(notificationId: string) {
  const { rows } = await pool.query<{ status: string; reason: string | null; open_count: number }>(
    "SELECT status, reason, open_count FROM notifications WHERE id = $1",
    [notificationId],
  );
  return rows[0];
}

async function deliveryOf(deliveryId: string) {
  const { rows } = await pool.query("SELECT status, reason, possible_duplicate FROM deliveries WHERE id = $1", [
    deliveryId,
  ]);
  return rows[0] as unknown;
}

async function countsOf(notificationId: string) {
  const { rows } = await pool.query(
    `SELECT sent_count AS sent, failed_count AS failed, unknown_count AS unknown FROM notifications WHERE id = $1`,
    [notificationId],
  );
  return rows[0] as unknown;
}

describe("claiming an event ID", () => {
  it("gives it to exactly one of many workflows, and to that one again", async () => {
    const key = { clientId: "shop", eventId: `event-${randomUUID()}` };
    const admissions = createAdmissions(pool);
    const claim = (firstRunId: string) =>
      admissions.claim(
        { key, bodyHash: "aa", owner: { workflowId: "ntf:shop:x", firstRunId, generation: 0 } },
        nobody(key),
      );
    const runs = Array.from({ length: 50 }, (_, index) => `run-${index}`);
    const results = await Promise.all(runs.map(claim));
    const winners = runs.filter((_, index) => results[index]?.owner === "mine");
    expect(winners).toHaveLength(1);
    expect(await claim(winners[0] ?? "")).toEqual(results[runs.indexOf(winners[0] ?? "")]);
  });

  it("tells a repeat from a clash, and notes both in the winner's timeline", async () => {
    const key = { clientId: "shop", eventId: `event-${randomUUID()}` };
    const admissions = createAdmissions(pool);
    const claim = (firstRunId: string, bodyHash: string) =>
      admissions.claim({ key, bodyHash, owner: { workflowId: "ntf:shop:x", firstRunId, generation: 0 } }, nobody(key));
    const winner = await claim("run-1", "aa");
    if (winner.owner !== "mine") throw new Error("a fresh event ID was taken");
    expect(await claim("run-2", "aa")).toEqual({ owner: "other" });
    expect(await claim("run-3", "bb")).toEqual({ owner: "other" });
    const { rows } = await pool.query<{ type: string }>(
      "SELECT type FROM timeline_events WHERE notification_id = $1 ORDER BY at",
      [winner.notificationId],
    );
    expect(rows.map((row) => row.type).slice(-2)).toEqual(["duplicate", "event_id_conflict"]);
  });

  it("keeps no variables for a user who was erased meanwhile, or is right now", async () => {
    const userId = `user-${randomUUID()}`;
    const request = { category: "orders", data: { item_name: "A secret" } };
    const admit = async () => {
      const key = { clientId: "shop", eventId: `event-${randomUUID()}` };
      const owner = { workflowId: `ntf:shop:${key.eventId}`, firstRunId: "run", generation: 0 };
      const claimed = await createAdmissions(pool).claim({ key, bodyHash: "aa", owner }, (notificationId) => {
        const deciding = nobody(key)(notificationId);
        return { ...deciding, notification: { ...deciding.notification, userId, request } };
      });
      if (claimed.owner !== "mine") throw new Error("a fresh event ID was taken");
      return contentsOf(claimed.notificationId);
    };
    await pool.query("INSERT INTO users (id) VALUES ($1)", [userId]);
    expect(await admit()).toEqual(request);

    const erasing = await pool.connect();
    await erasing.query("BEGIN");
    await erasing.query("DELETE FROM users WHERE id = $1", [userId]);
    const meanwhile = admit();
    await waitFor("the admission to wait for the erasure", async () => {
      const { rowCount } = await pool.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rowCount === 1;
    });
    await erasing.query("COMMIT");
    erasing.release();
    const erased = { ...request, data: {} };
    expect(await meanwhile).toEqual(erased);
    expect(await admit()).toEqual(erased);
  });
});

describe("the gate before an attempt", () => {
  it("opens for exactly one of many racers", async () => {
    for (let round = 0; round < 10; round++) {
      const { notificationId, deliveries } = await givenNotification(1);
      const deliveryId = deliveries[0]?.deliveryId ?? "";
      const verdicts = await Promise.all(Array.from({ length: 15 }, () => opening(notificationId, deliveryId).open()));
      expect(verdicts.toSorted()).toEqual(["open", ...Array<string>(14).fill("stale")]);
    }
  });

  it.each([
    [
      "suppressed",
      "INSERT INTO suppressions (channel, address_hash, reason, source) SELECT channel, address_hash, 'x', 'x' FROM contacts WHERE user_id = $1",
    ],
    ["no_contact", "UPDATE contacts SET deactivated_at = now() WHERE user_id = $1"],
    ["no_contact", "DELETE FROM contacts WHERE user_id = $1"],
    ["opted_out", 'INSERT INTO preferences (user_id, "all") VALUES ($1, false)'],
    ["opted_out", `INSERT INTO preferences (user_id, categories) VALUES ($1, '{"orders":{"push":false}}')`],
    ["opted_out", `INSERT INTO preferences (user_id, categories) VALUES ($1, '{"orders":{"fcm":false}}')`],
    ["open", `INSERT INTO preferences (user_id, categories) VALUES ($1, '{"orders":{"email":false}}')`],
  ])("answers %s as things are at that moment (%#)", async (verdict, change) => {
    const { notificationId, userId, deliveries } = await givenNotification(1);
    await pool.query(change, [userId]);
    expect(await opening(notificationId, deliveries[0]?.deliveryId ?? "").open()).toBe(verdict);
  });

  it("gives the attempt to the first provider that is not paused", async () => {
    const { notificationId, deliveries } = await givenNotification(1);
    await pool.query("INSERT INTO provider_controls (provider, paused) VALUES ('first', true)");
    const attempt = {
      ...{ notificationId, deliveryId: deliveries[0]?.deliveryId ?? "", attemptId: randomUUID() },
      ...{ generation: 0, attemptsBefore: 0, decidedAt: new Date(), channelWords: ["push", "fcm"] as const, ...NO_SMS },
    };
    const ledger = createDeliveryAttempts(pool);
    expect(await ledger.open({ ...attempt, providers: ["first"] })).toMatchObject({ verdict: "paused" });
    expect(await ledger.open({ ...attempt, providers: ["first", "second"] })).toMatchObject({
      verdict: "open",
      provider: "second",
    });
  });

  it("moves the time of the decision forward to the one that it was given, and not to now", async () => {
    const { notificationId, deliveries } = await givenNotification(2);
    const decidedAt = async () =>
      (await pool.query<{ at: Date }>("SELECT decided_at AS at FROM notifications WHERE id = $1", [notificationId]))
        .rows[0]?.at;
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    const before = minutesAgo(3);
    await pool.query("UPDATE notifications SET decided_at = $2 WHERE id = $1", [notificationId, before]);
    const [one, other] = deliveries.map(({ deliveryId }) => deliveryId);
    expect(await opening(notificationId, one ?? "", 0, minutesAgo(4)).open()).toBe("open");
    expect(await decidedAt()).toEqual(before);
    const later = minutesAgo(1);
    expect(await opening(notificationId, other ?? "", 0, later).open()).toBe("open");
    expect(await decidedAt()).toEqual(later);
  });

  it("answers expired by the database's clock", async () => {
    const { notificationId, deliveries } = await givenNotification(1, { expiresAt: new Date(Date.now() - 1) });
    expect(await opening(notificationId, deliveries[0]?.deliveryId ?? "").open()).toBe("expired");
  });

  it("answers stale to another generation", async () => {
    const { notificationId, deliveries } = await givenNotification(1);
    await pool.query("UPDATE notifications SET generation = 1 WHERE id = $1", [notificationId]);
    expect(await opening(notificationId, deliveries[0]?.deliveryId ?? "").open()).toBe("stale");
  });
});

describe("closing deliveries", () => {
  it("ends the notification when the last ones close at the same moment", async () => {
    for (let round = 0; round < 20; round++) {
      const { notificationId, deliveries } = await givenNotification(5);
      const attempts = deliveries.map(({ deliveryId }) => ({ deliveryId, ...opening(notificationId, deliveryId) }));
      await Promise.all(attempts.map(({ open }) => open()));
      const ledger = createDeliveryAttempts(pool);
      const closed = await Promise.all(
        attempts.map(({ deliveryId, attemptId }) => ledger.close(sent(deliveryId, attemptId))),
      );
      expect(closed.filter((result) => result?.notification === "sent")).toHaveLength(1);
      expect(await statusOf(notificationId)).toEqual({ status: "sent", reason: null, open_count: 0 });
    }
  });

  it("reports an attempt that was closed before as lost", async () => {
    const { notificationId, deliveries } = await givenNotification(1);
    const deliveryId = deliveries[0]?.deliveryId ?? "";
    const { attemptId, open } = opening(notificationId, deliveryId);
    await open();
    const ledger = createDeliveryAttempts(pool);
    const lost: CloseAttempt = {
      ...sent(deliveryId, attemptId),
      outcome: "unknown",
      code: "worker_lost",
      next: { retryInMs: 0 },
    };
    expect(await ledger.close(lost)).toEqual({ delivery: "sending", notification: null });
    expect(await ledger.close(sent(deliveryId, attemptId))).toBeNull();
  });

  it.each([
    ["of 5,000 characters", randomBytes(2_500).toString("hex")],
    ["with NUL in it", "m\0 1"],
  ])("counts what was taken under a name %s as sent, and does without the name", async (_, providerMessageId) => {
    const { notificationId, deliveries } = await givenNotification(2);
    const [one, other] = deliveries.map(({ deliveryId }) => ({ deliveryId, ...opening(notificationId, deliveryId) }));
    if (one === undefined || other === undefined) throw new Error("two deliveries were given");
    await Promise.all([one.open(), other.open()]);
    const ledger = createDeliveryAttempts(pool);
    expect(await ledger.close({ ...sent(one.deliveryId, one.attemptId), providerMessageId })).toMatchObject({
      delivery: "sent",
    });
    const lost = { outcome: "unknown", code: "worker_lost", next: { retryInMs: 0 } } as const;
    await ledger.close({ ...sent(other.deliveryId, other.attemptId), ...lost });
    expect(await ledger.recordLate({ ...sent(other.deliveryId, other.attemptId), providerMessageId })).toBe(true);
    expect(await statusOf(notificationId)).toMatchObject({ status: "sent" });
    const { rows } = await pool.query(
      "SELECT DISTINCT provider_message_id AS name FROM attempts WHERE delivery_id = ANY ($1)",
      [deliveries.map(({ deliveryId }) => deliveryId)],
    );
    expect(rows).toEqual([{ name: null }]);
  });

  it("lets the late answer of a lost attempt settle the doubt, once", async () => {
    const { notificationId, deliveries } = await givenNotification(1, { guarantee: "at_most_once" });
    const deliveryId = deliveries[0]?.deliveryId ?? "";
    const { attemptId, open } = opening(notificationId, deliveryId);
    await open();
    const ledger = createDeliveryAttempts(pool);
    const answer = sent(deliveryId, attemptId);
    const lost = {
      outcome: "unknown",
      code: "worker_lost",
      next: { delivery: "unknown", reason: "worker_lost" },
    } as const;
    expect(await ledger.close({ ...answer, ...lost })).toEqual({ delivery: "unknown", notification: "unknown" });
    expect(await ledger.recordLate(answer)).toBe(true);
    expect(await statusOf(notificationId)).toEqual({ status: "sent", reason: null, open_count: 0 });
    expect(await ledger.recordLate({ ...answer, outcome: "permanent" })).toBe(false);
  });

  /** At most once, and taken for lost: nothing follows, whatever is learnt of it. */
  async function givenDoubt() {
    const { notificationId, deliveries } = await givenNotification(1, { guarantee: "at_most_once" });
    const deliveryId = deliveries[0]?.deliveryId ?? "";
    const { attemptId, open } = opening(notificationId, deliveryId);
    await open();
    const ledger = createDeliveryAttempts(pool);
    const answer = { deliveryId, attemptId, providerMessageId: null };
    const lost = { outcome: "unknown", code: "worker_lost" } as const;
    await ledger.close({ ...answer, ...lost, next: { delivery: "unknown", reason: "worker_lost" } });
    return { notificationId, deliveryId, ledger, answer };
  }

  it.each([
    ["permanent", "5.1.1"],
    ["throttled", "429"],
    ["transient", "not_begun"],
  ] as const)("lets a lost attempt that was not made, or refused, fail after all: %s", async (outcome, code) => {
    const { notificationId, deliveryId, ledger, answer } = await givenDoubt();
    await pool.query(
      "INSERT INTO content_keys (category_id, content_hash, notification_id, at) VALUES ('orders', $1, $2, now())",
      [Buffer.from(notificationId), notificationId],
    );
    expect(await ledger.recordLate({ ...answer, outcome, code })).toBe(true);
    expect(await statusOf(notificationId)).toEqual({ status: "failed", reason: code, open_count: 0 });
    expect(await deliveryOf(deliveryId)).toEqual({ status: "failed", reason: code, possible_duplicate: false });
    expect(await countsOf(notificationId)).toEqual({ sent: 0, failed: 1, unknown: 0 });
    // It has certainly reached nobody, so the same content may be sent again.
    const { rowCount } = await pool.query("SELECT FROM content_keys WHERE notification_id = $1", [notificationId]);
    expect(rowCount).toBe(0);
    expect(await ledger.recordLate({ ...answer, outcome: "sent", code: null })).toBe(false);
    expect(await opening(notificationId, deliveryId, 1).open()).toBe("stale");
  });

  /** At least once: two attempts, both of which may have arrived, and then no more. */
  async function givenTwoDoubts() {
    const { notificationId, deliveries } = await givenNotification(1);
    const deliveryId = deliveries[0]?.deliveryId ?? "";
    const ledger = createDeliveryAttempts(pool);
    const attemptIds: string[] = [];
    for (const next of [{ retryInMs: 0 }, { delivery: "failed", reason: "retries_exhausted" }] as const) {
      const { attemptId, open } = opening(notificationId, deliveryId, attemptIds.length);
      await open();
      const lost = { outcome: "unknown", code: "timeout", providerMessageId: null } as const;
      await ledger.close({ deliveryId, attemptId, ...lost, next });
      attemptIds.push(attemptId);
    }
    const refuse = (index: number) =>
      ledger.recordLate({
        ...{ deliveryId, attemptId: attemptIds[index] ?? "", providerMessageId: null },
        ...{ outcome: "permanent", code: "refused" },
      });
    return { notificationId, deliveryId, refuse };
  }

  it("stays in doubt while another attempt may have arrived, and fails once none can have", async () => {
    const { notificationId, deliveryId, refuse } = await givenTwoDoubts();
    expect(await refuse(1)).toBe(true);
    expect(await statusOf(notificationId)).toMatchObject({ status: "unknown", reason: "retries_exhausted" });
    expect(await deliveryOf(deliveryId)).toMatchObject({ status: "unknown", possible_duplicate: true });
    expect(await refuse(0)).toBe(true);
    // What ended it was no doubt, and still is what ended it.
    expect(await statusOf(notificationId)).toMatchObject({ status: "failed", reason: "retries_exhausted" });
    expect(await deliveryOf(deliveryId)).toMatchObject({ status: "failed", possible_duplicate: false });
  });

  it("fails where the last two doubts are settled at the same moment", async () => {
    for (let round = 0; round < 20; round++) {
      const { notificationId, refuse } = await givenTwoDoubts();
      expect(await Promise.all([refuse(0), refuse(1)])).toEqual([true, true]);
      expect(await statusOf(notificationId)).toMatchObject({ status: "failed" });
    }
  });

  /** At most once, to two devices; the first one's attempt was taken for lost. */
  async function givenTwoDevices() {
    const { notificationId, deliveries } = await givenNotification(2, { guarantee: "at_most_once" });
    const [first, second] = deliveries.map(({ deliveryId }) => ({
      deliveryId,
      ...opening(notificationId, deliveryId),
    }));
    if (first === undefined || second === undefined) throw new Error("two deliveries were given");
    await Promise.all([first.open(), second.open()]);
    const ledger = createDeliveryAttempts(pool);
    const lose = ({ deliveryId, attemptId }: typeof first) =>
      ledger.close({
        ...{ deliveryId, attemptId, providerMessageId: null, outcome: "unknown", code: "worker_lost" },
        next: { delivery: "unknown", reason: "worker_lost" },
      });
    await lose(first);
    const arrive = ({ deliveryId, attemptId }: typeof first) => ledger.recordLate(sent(deliveryId, attemptId));
    const refuse = ({ deliveryId, attemptId }: typeof first, code: string) =>
      ledger.recordLate({ deliveryId, attemptId, providerMessageId: null, outcome: "permanent", code });
    return { notificationId, first, second, ledger, lose, arrive, refuse };
  }

  it("counts a refusal that comes late with what became of the others", async () => {
    const { notificationId, first, second, ledger, refuse } = await givenTwoDevices();
    expect(await refuse(first, "x")).toBe(true);
    expect(await statusOf(notificationId)).toMatchObject({ status: "sending", open_count: 1 });
    await ledger.close(sent(second.deliveryId, second.attemptId));
    expect(await statusOf(notificationId)).toMatchObject({ status: "partially_sent", reason: "x" });
    expect(await countsOf(notificationId)).toEqual({ sent: 1, failed: 1, unknown: 0 });
  });

  it("keeps the reason of what has not arrived where the other one turns out to have", async () => {
    const { notificationId, first, second, lose, arrive, refuse } = await givenTwoDevices();
    await lose(second);
    expect(await arrive(first)).toBe(true);
    expect(await statusOf(notificationId)).toMatchObject({ status: "partially_sent", reason: "worker_lost" });
    expect(await refuse(second, "x")).toBe(true);
    expect(await statusOf(notificationId)).toMatchObject({ status: "partially_sent", reason: "x" });
  });

  it("has the reason of what has failed where what was in doubt turns out to have arrived", async () => {
    const { notificationId, first, second, ledger, arrive } = await givenTwoDevices();
    await ledger.close({
      ...{ deliveryId: second.deliveryId, attemptId: second.attemptId, providerMessageId: null },
      ...{ outcome: "permanent", code: "y", next: { delivery: "failed", reason: "y" } },
    });
    expect(await statusOf(notificationId)).toMatchObject({ status: "unknown", reason: "worker_lost" });
    expect(await arrive(first)).toBe(true);
    expect(await statusOf(notificationId)).toMatchObject({ status: "partially_sent", reason: "y" });
  });

  it("calls nothing a possible duplicate any more once the lost attempt has been refused", async () => {
    const { notificationId, deliveryId, ledger, answer } = await givenLostAttempt();
    const second = opening(notificationId, deliveryId, 1);
    await second.open();
    expect(await ledger.recordLate({ ...answer, outcome: "permanent", code: "x" })).toBe(true);
    await ledger.close(sent(deliveryId, second.attemptId));
    expect(await deliveryOf(deliveryId)).toEqual({ status: "sent", reason: null, possible_duplicate: false });
  });

  it("stays in doubt of what a lost record may have said, whatever is learnt of the attempts there are", async () => {
    const { notificationId, deliveries } = await givenNotification(1);
    const deliveryId = deliveries[0]?.deliveryId ?? "";
    await pool.query(
      "INSERT INTO content_keys (category_id, content_hash, notification_id, at) VALUES ('orders', $1, $2, now())",
      [Buffer.from(notificationId), notificationId],
    );
    await inTransaction(pool, (connection) => doubtRecord(connection, notificationId, 0));
    const [first, second] = [opening(notificationId, deliveryId), opening(notificationId, deliveryId, 1)];
    const ledger = createDeliveryAttempts(pool);
    await first.open();
    const answer = { deliveryId, attemptId: first.attemptId, providerMessageId: null };
    await ledger.close({ ...answer, outcome: "unknown", code: "worker_lost", next: { retryInMs: 0 } });
    expect(await ledger.recordLate({ ...answer, outcome: "permanent", code: "x" })).toBe(true);
    expect(await deliveryOf(deliveryId)).toMatchObject({ possible_duplicate: true });
    await second.open();
    await ledger.close({
      ...{ ...answer, attemptId: second.attemptId, outcome: "permanent", code: "x" },
      next: { delivery: "failed", reason: "x" },
    });
    expect(await statusOf(notificationId)).toMatchObject({ status: "unknown", reason: "x" });
    const { rowCount } = await pool.query("SELECT FROM content_keys WHERE notification_id = $1", [notificationId]);
    expect(rowCount).toBe(1);
  });

  it.each(["before", "after"])("goes on calling it one where two arrive, told %s the second has", async (moment) => {
    const { deliveryId, notificationId, ledger, answer } = await givenLostAttempt();
    const [second, third] = [opening(notificationId, deliveryId, 1), opening(notificationId, deliveryId, 2)];
    await second.open();
    const lost = { outcome: "unknown", code: "timeout", next: { retryInMs: 0 } } as const;
    await ledger.close({ ...sent(deliveryId, second.attemptId), ...lost });
    await third.open();
    expect(await ledger.recordLate(answer)).toBe(true);
    const refused = { ...sent(deliveryId, second.attemptId), outcome: "permanent", code: "x" } as const;
    const end = () => ledger.close(sent(deliveryId, third.attemptId));
    for (const tell of moment === "before"
      ? [() => ledger.recordLate(refused), end]
      : [end, () => ledger.recordLate(refused)]) {
      await tell();
    }
    expect(await deliveryOf(deliveryId)).toMatchObject({ status: "sent", possible_duplicate: true });
  });

  /** A delivery that waits for a retry, since its attempt was taken for lost, and the answer that comes after all. */
  async function givenLostAttempt() {
    const { notificationId, deliveries } = await givenNotification(1);
    const deliveryId = deliveries[0]?.deliveryId ?? "";
    const { attemptId, open } = opening(notificationId, deliveryId);
    await open();
    const ledger = createDeliveryAttempts(pool);
    const answer = sent(deliveryId, attemptId);
    await ledger.close({ ...answer, outcome: "unknown", code: "worker_lost", next: { retryInMs: 60_000 } });
    return { notificationId, deliveryId, ledger, answer };
  }

  it("does not make the retry of a lost attempt that has arrived after all", async () => {
    const { notificationId, deliveryId, ledger, answer } = await givenLostAttempt();
    expect(await ledger.recordLate(answer)).toBe(true);
    expect(await statusOf(notificationId)).toMatchObject({ status: "sent" });
    expect(await opening(notificationId, deliveryId, 1).open()).toBe("stale");
  });

  it("notes a late answer and closes its delivery together or not at all", async () => {
    const { notificationId, ledger, answer } = await givenLostAttempt();
    // As if the process had died before it could close the delivery.
    await pool.query(`
      CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'died'; END $$;
      CREATE TRIGGER die BEFORE UPDATE ON deliveries FOR EACH ROW WHEN (NEW.status = 'sent') EXECUTE FUNCTION die()`);
    await expect(ledger.recordLate(answer)).rejects.toThrow("died");
    await pool.query("DROP FUNCTION die CASCADE");
    // Told again, it is as if it was told the first time.
    expect(await ledger.recordLate(answer)).toBe(true);
    expect(await statusOf(notificationId)).toMatchObject({ status: "sent" });
  });

  it("makes no third attempt where the first one has arrived after all while the second was under way", async () => {
    const { notificationId, deliveries } = await givenNotification(1);
    const deliveryId = deliveries[0]?.deliveryId ?? "";
    const [first, second] = [opening(notificationId, deliveryId), opening(notificationId, deliveryId, 1)];
    const ledger = createDeliveryAttempts(pool);
    await first.open();
    const answer = sent(deliveryId, first.attemptId);
    await ledger.close({ ...answer, outcome: "unknown", code: "worker_lost", next: { retryInMs: 0 } });
    await second.open();
    expect(await ledger.recordLate(answer)).toBe(true);
    const refused = { ...sent(deliveryId, second.attemptId), outcome: "transient", code: "busy" } as const;
    expect(await ledger.close({ ...refused, next: { retryInMs: 0 } })).toEqual({
      delivery: "sent",
      notification: "sent",
    });
  });

  it("keeps the result of a newer attempt over the late answer of a lost one", async () => {
    const { notificationId, deliveries } = await givenNotification(1);
    const deliveryId = deliveries[0]?.deliveryId ?? "";
    const first = opening(notificationId, deliveryId);
    await first.open();
    const ledger = createDeliveryAttempts(pool);
    const answer = sent(deliveryId, first.attemptId);
    await ledger.close({ ...answer, outcome: "unknown", code: "worker_lost", next: { retryInMs: 0 } });
    const second = opening(notificationId, deliveryId, 1);
    await second.open();
    await ledger.close(sent(deliveryId, second.attemptId));
    expect(await ledger.recordLate({ ...answer, outcome: "permanent", code: "x" })).toBe(true);
    expect(await statusOf(notificationId)).toMatchObject({ status: "sent" });
  });

  it("never says that something was not sent which may have been", async () => {
    const { notificationId, deliveries } = await givenNotification(1);
    const deliveryId = deliveries[0]?.deliveryId ?? "";
    const first = opening(notificationId, deliveryId);
    await first.open();
    const ledger = createDeliveryAttempts(pool);
    await ledger.close({ ...sent(deliveryId, first.attemptId), outcome: "unknown", code: "x", next: { retryInMs: 0 } });
    const second = opening(notificationId, deliveryId, 1);
    await second.open();
    const closed = await ledger.close({
      ...sent(deliveryId, second.attemptId),
      outcome: "permanent",
      code: "invalid",
      next: { delivery: "failed", reason: "invalid" },
    });
    expect(closed).toEqual({ delivery: "unknown", notification: "unknown" });
  });

  it("comes to the same outcome as the rule in the domain, whatever the mix", async () => {
    const endings = ["sent", "failed", "unknown", "suppressed", "expired"] as const;
    const ledger = createDeliveryAttempts(pool);
    for (const [a, b] of endings.flatMap((one) => endings.map((other) => [one, other] as const))) {
      const { notificationId, deliveries } = await givenNotification(2);
      for (const [index, ending] of [a, b].entries()) {
        const deliveryId = deliveries[index]?.deliveryId ?? "";
        if (ending === "suppressed" || ending === "expired") {
          await ledger.closeUnopened(deliveryId, ending, ending === "expired" ? "expired" : "opted_out", 0);
          continue;
        }
        const { attemptId, open } = opening(notificationId, deliveryId);
        await open();
        const outcome = ending === "failed" ? "permanent" : ending;
        await ledger.close({ ...sent(deliveryId, attemptId), outcome, next: { delivery: ending, reason: ending } });
      }
      const count = (status: string) => [a, b].filter((ending) => ending === status).length;
      const skipReason: SkipReason = a === "expired" || b === "expired" ? "expired" : "opted_out";
      const expected = outcomeOf(
        { sent: count("sent"), failed: count("failed"), unknown: count("unknown") },
        skipReason,
      );
      expect([a, b, (await statusOf(notificationId))?.status]).toEqual([a, b, expected]);
    }
  });
});

describe("settling what never answered", () => {
  it("ends a delivery of its own generation, and none that a replay has taken since", async () => {
    const { notificationId, deliveries } = await givenNotification(1);
    const deliveryId = deliveries[0]?.deliveryId ?? "";
    const load = (): Promise<SendJob | null> =>
      pool
        .query<SendJob>(
          `SELECT n.generation, d.open_attempt_id AS "openAttemptId", d.status AS "deliveryStatus"
           FROM deliveries d JOIN notifications n ON n.id = d.notification_id WHERE d.id = $1`,
          [deliveryId],
        )
        .then(({ rows }) => rows[0] ?? null);
    const settling = createSettle({ jobs: { load }, attempts: createDeliveryAttempts(pool) });
    await pool.query("UPDATE notifications SET generation = 1 WHERE id = $1", [notificationId]);
    expect(await settling.settle(deliveryId, 0)).toEqual({ delivery: "cancelled", notification: null });
    expect(await statusOf(notificationId)).toMatchObject({ open_count: 1 });
    expect(await settling.settle(deliveryId, 1)).toEqual({ delivery: "expired", notification: "expired" });
  });
});

describe("cancelling", () => {
  it("either lets nothing be opened or says too_late, in any race", async () => {
    const answers = { cancelled: 0, too_late: 0 };
    for (let round = 0; round < 60; round++) {
      const { notificationId, deliveries } = await givenNotification(3);
      const opens = deliveries.map(({ deliveryId }) => opening(notificationId, deliveryId));
      // Some rounds start both at once, some give either side a start, so that each gets its wins.
      const start = (round % 5) - 2;
      const afterTrips = async <T>(trips: number, run: () => Promise<T>) => {
        for (let trip = 0; trip < trips * 2; trip++) await pool.query("SELECT 1");
        return run();
      };
      const [answer, ...verdicts] = await Promise.all([
        afterTrips(-start, () => createCancellations(pool).cancel(notificationId)),
        ...opens.map(({ open }) => afterTrips(start, open)),
      ]);
      const opened = verdicts.filter((verdict) => verdict === "open").length;
      if (answer === null) throw new Error("cancel gave no answer");
      answers[answer.result]++;
      expect([round, opened > 0]).toEqual([round, answer.result === "too_late"]);
      expect(answer.stopped).toHaveLength(3 - opened);
      // What comes after a cancel never opens.
      const late = await Promise.all(deliveries.map(({ deliveryId }) => opening(notificationId, deliveryId).open()));
      expect(late).not.toContain("open");
    }
    expect(answers.cancelled).toBeGreaterThan(0);
    expect(answers.too_late).toBeGreaterThan(0);
  });

  it("gives the same answer again", async () => {
    const { notificationId } = await givenNotification(2);
    const first = await createCancellations(pool).cancel(notificationId);
    expect(first?.result).toBe("cancelled");
    expect(await createCancellations(pool).cancel(notificationId)).toEqual(first);
    expect(await statusOf(notificationId)).toEqual({ status: "cancelled", reason: "cancelled", open_count: 0 });
  });

  it("says cancelled of what was over without an attempt, and leaves it as it ended", async () => {
    for (const status of ["suppressed", "expired"] as const) {
      const { notificationId, deliveries } = await givenNotification(1);
      await createDeliveryAttempts(pool).closeUnopened(deliveries[0]?.deliveryId ?? "", status, status, 0);
      const answer = await createCancellations(pool).cancel(notificationId);
      expect(answer).toEqual({ result: "cancelled", status, stopped: [] });
    }
  });

  it("lets a call that has begun end, and stops its retry", async () => {
    const { notificationId, deliveries } = await givenNotification(1);
    const deliveryId = deliveries[0]?.deliveryId ?? "";
    const { attemptId, open } = opening(notificationId, deliveryId);
    await open();
    expect((await createCancellations(pool).cancel(notificationId))?.result).toBe("too_late");
    const closed = await createDeliveryAttempts(pool).close({
      ...sent(deliveryId, attemptId),
      outcome: "transient",
      code: "x",
      next: { retryInMs: 1_000 },
    });
    expect(closed).toEqual({ delivery: "cancelled", notification: "failed" });
    expect(await statusOf(notificationId)).toMatchObject({ status: "failed", reason: "cancelled" });
  });

  it("answers null for a notification that has no row", async () => {
    expect(await createCancellations(pool).cancel(randomUUID())).toBeNull();
  });
});
