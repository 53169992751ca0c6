import { randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDeliveryAttempts } from "../../src/database/delivery-attempts.ts";
import { createOptOuts } from "../../src/database/opt-outs.ts";
import { createReceipts, type Receipts } from "../../src/database/receipts.ts";
import { OWN_SOURCE, ownEventKey, RECEIPT_TYPES, type Receipt } from "../../src/domain/receipt.ts";
import { outcomeOf } from "../../src/domain/status.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let pool: pg.Pool;
let receipts: Receipts;

beforeAll(async () => {
  database = await createTestDatabase();
  // Of its own making: the service's gives up where hundreds wait for a connection.
  pool = new pg.Pool({ connectionString: database.url, max: 20 });
  receipts = createReceipts(pool);
  await pool.query("INSERT INTO clients (id, name) VALUES ('shop', 'Shop')");
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

type Given = {
  /** How the only attempt ended; null: its call is under way. */
  outcome: "sent" | "unknown" | null;
  /** The delivery waits for a retry. */
  waiting?: boolean;
  messageId?: string | null;
  provider?: string;
  segments?: number;
};

/** A notification by mail to a fresh address with one attempt by SendGrid. */
async function given({ outcome, waiting = false, messageId = null, provider = "sendgrid", segments }: Given) {
  const [notificationId, deliveryId, attemptId, contactId] = Array.from({ length: 4 }, () => randomUUID());
  const userId = `user-${randomUUID()}`;
  const open = outcome === null || waiting;
  const delivery = open ? "sending" : outcome;
  await pool.query("INSERT INTO users (id) VALUES ($1)", [userId]);
  await pool.query(
    `INSERT INTO contacts (id, user_id, channel, address, address_hash, registered_at)
     VALUES ($1::uuid, $2, 'email', $3, decode(replace($1::uuid::text, '-', ''), 'hex'), now() - interval '1 day')`,
    [contactId, userId, `${userId}@example.com`],
  );
  await pool.query(
    `INSERT INTO notifications (id, client_id, event_id, workflow_id, user_id, category_id, template_id,
       template_version, status, mandatory, guarantee, priority, accepted_at, decided_at, first_attempt_at, final_at,
       next_action_at, open_count, sent_count, unknown_count)
     VALUES ($1::uuid, 'shop', $1::uuid::text, 'ntf:shop:x', $2, 'orders', 't', 1, $3::text, false, 'at_least_once', 'normal', now(),
       now(), now(), CASE WHEN $4::boolean THEN NULL ELSE now() END, CASE WHEN $4 THEN now() END, $4::int,
       ($3 = 'sent')::int, ($3 = 'unknown')::int)`,
    [notificationId, userId, delivery, open],
  );
  await pool.query(
    `INSERT INTO deliveries (id, notification_id, position, channel, contact_id, address_hash, provider, status, attempts,
       open_attempt_id, possible_duplicate, sent_at, segments)
     SELECT $1, $2, 1, 'email', id, address_hash, $7, $4::text, 1, $5, $6, CASE WHEN $4::text = 'sent' THEN now() END, $8
     FROM contacts WHERE id = $3`,
    [
      deliveryId,
      notificationId,
      contactId,
      delivery,
      outcome === null ? attemptId : null,
      outcome === "unknown",
      provider,
      segments,
    ],
  );
  await pool.query(
    `INSERT INTO attempts (id, delivery_id, number, generation, provider, opened_at, closed_at, outcome,
       provider_message_id)
     VALUES ($1, $2, 1, 0, $5, now(), CASE WHEN $3::text IS NULL THEN NULL ELSE now() END, $3::text, $4)`,
    [attemptId, deliveryId, outcome, messageId, provider],
  );
  return { notificationId, deliveryId, attemptId, contactId, userId } as Record<
    "notificationId" | "deliveryId" | "attemptId" | "contactId" | "userId",
    string
  >;
}

function receipt(type: Receipt["type"], more: Partial<Receipt> = {}): Receipt {
  return {
    key: randomUUID(),
    type,
    code: null,
    mark: null,
    occurredAt: null,
    attemptId: null,
    providerMessageId: null,
    ...more,
  };
}

const tell = (...told: Receipt[]) => tellBy("sendgrid", ...told);

async function tellBy(provider: string, ...told: Receipt[]) {
  const stored = await receipts.store(provider, told);
  return Promise.all(stored.map((one) => receipts.settle(one)));
}

async function stateOf(notificationId: string) {
  const { rows } = await pool.query<Record<string, unknown>>(
    `SELECT n.status AS notification, n.reason AS "outcomeReason", d.status, d.reason, d.delivered_at AS "deliveredAt",
       n.open_count AS open, n.sent_count AS sent, n.failed_count AS failed, n.unknown_count AS unknown,
       (SELECT count(*)::int FROM timeline_events t WHERE t.notification_id = n.id AND type = 'receipt') AS noted,
       (SELECT outcome FROM attempts WHERE delivery_id = d.id ORDER BY number DESC LIMIT 1) AS attempt
     FROM notifications n JOIN deliveries d ON d.notification_id = n.id WHERE n.id = $1`,
    [notificationId],
  );
  return rows[0] ?? {};
}

/** Whom the audit names for all suppressions so far. */
const suppressors = async () => {
  const { rows } = await pool.query<{ actor: string }>(
    "SELECT DISTINCT actor FROM audit_events WHERE action = 'suppression.created'",
  );
  return rows.map(({ actor }) => actor);
};

const suppressionsOf = async (contactId: string) => {
  const { rows } = await pool.query<{ reason: string; source: string }>(
    "SELECT reason, source FROM suppressions JOIN contacts USING (channel, address_hash) WHERE contacts.id = $1",
    [contactId],
  );
  return rows;
};

describe("a receipt", () => {
  it("has one effect in 46 copies, shuffled among others and told by many at once", async () => {
    const { notificationId, attemptId } = await given({ outcome: "sent" });
    const others = RECEIPT_TYPES.map((type) => receipt(type, { attemptId }));
    const copies = Array.from({ length: 46 }, (_, index) => [
      ...others.slice(index % 8),
      ...others.slice(0, index % 8),
    ]);
    const settled = await Promise.all(copies.map((copy) => tell(...copy)));
    expect(settled.flat().every((settlement) => settlement === "settled")).toBe(true);
    expect(await stateOf(notificationId)).toMatchObject({
      notification: "sent",
      status: "complained",
      sent: 1,
      noted: 8,
    });
  });

  it.each([
    ["sent", "delivered", { notification: "sent", status: "delivered", sent: 1 }],
    ["sent", "bounced", { notification: "sent", status: "bounced", sent: 1, reason: "5.1.1" }],
    ["unknown", "sent", { notification: "sent", status: "sent", sent: 1, outcomeReason: null }],
    ["unknown", "delivered", { notification: "sent", status: "delivered", sent: 1 }],
    ["unknown", "failed", { notification: "failed", status: "failed", failed: 1, outcomeReason: "5.1.1" }],
    ["unknown", "bounced", { notification: "failed", status: "bounced", failed: 1 }],
    ["unknown", "unsubscribed", { notification: "unknown", status: "unknown", unknown: 1 }],
  ] as const)("of a delivery that is %s, saying %s, settles what can be settled", async (outcome, type, expected) => {
    const { notificationId, attemptId } = await given({ outcome });
    await tell(receipt(type, { attemptId, code: "5.1.1" }));
    const zero = { open: 0, sent: 0, failed: 0, unknown: 0 };
    expect(await stateOf(notificationId)).toMatchObject({ ...zero, attempt: "sent", noted: 1, ...expected });
  });

  it("comes to the same whatever the order, with counters that fit", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("sent", "unknown" as const),
        fc.uniqueArray(fc.constantFrom(...RECEIPT_TYPES), { minLength: 1, maxLength: 4 }),
        async (outcome, types) => {
          const [one, other] = [await given({ outcome }), await given({ outcome })];
          for (const type of types) await tell(receipt(type, { attemptId: one.attemptId }));
          for (const type of types.toReversed()) await tell(receipt(type, { attemptId: other.attemptId }));
          const state = await stateOf(one.notificationId);
          const at = { deliveredAt: null, reason: null, outcomeReason: null };
          expect({ ...(await stateOf(other.notificationId)), ...at }).toEqual({ ...state, ...at });
          const counts = state as { sent: number; failed: number; unknown: number };
          expect(state["notification"]).toBe(outcomeOf(counts, "no_contact"));
        },
      ),
      { numRuns: 12 },
    );
  });

  it("is found by the provider's name for the message too, and waits where that is not known yet", async () => {
    const { notificationId, attemptId } = await given({ outcome: "sent" });
    const early = receipt("delivered", { providerMessageId: "m-early" });
    expect(await tell(early)).toEqual(["unmatched"]);
    expect(await receipts.unsettled(10)).toEqual([]);
    await pool.query("UPDATE attempts SET provider_message_id = 'm-early' WHERE id = $1", [attemptId]);
    const [left, ...more] = await receipts.unsettled(10);
    expect(more).toEqual([]);
    expect(left && (await receipts.settle(left))).toBe("settled");
    expect(await stateOf(notificationId)).toMatchObject({ status: "delivered", noted: 1 });
    expect(await tell(early)).toEqual([]);
  });

  it.each([
    ["of 5,000 characters", randomBytes(2_500).toString("hex")],
    ["with NUL in it", "m\0 1"],
  ])("has its effect without a name %s, and keeps none from those it comes with", async (_, providerMessageId) => {
    const [odd, plain] = [await given({ outcome: "sent" }), await given({ outcome: "sent" })];
    const named = receipt("delivered", { attemptId: odd.attemptId, providerMessageId });
    expect(await tell(named, receipt("delivered", { attemptId: plain.attemptId }))).toEqual(["settled", "settled"]);
    for (const { notificationId } of [odd, plain]) {
      expect(await stateOf(notificationId)).toMatchObject({ status: "delivered", noted: 1 });
    }
  });

  it("of a part says nothing about a text of which other parts were refused", async () => {
    const { notificationId, attemptId } = await given({ outcome: "unknown" });
    await pool.query("UPDATE attempts SET code = 'partly_accepted/1' WHERE id = $1", [attemptId]);
    expect(await tell(receipt("delivered", { attemptId }))).toEqual(["settled"]);
    expect(await stateOf(notificationId)).toMatchObject({ status: "unknown", attempt: "unknown", sent: 0, noted: 1 });
  });

  describe("of one of three parts, by a provider that reports on each", () => {
    const part = (one: { attemptId: string }, number: number, type: Receipt["type"], more: Partial<Receipt> = {}) =>
      receipt(type, { key: `part-${number}:${type}:${one.attemptId}`, attemptId: one.attemptId, ...more });
    const text = () => given({ outcome: "sent", provider: "vonage", segments: 3 });

    it("says that the text was delivered when all of them are, each counted once", async () => {
      const one = await text();
      for (const number of [1, 2, 2, 1]) {
        await tellBy("vonage", part(one, number, "delivered"));
        expect(await stateOf(one.notificationId)).toMatchObject({ status: "sent", deliveredAt: null });
      }
      await tellBy("vonage", part(one, 3, "delivered"));
      expect(await stateOf(one.notificationId)).toMatchObject({ status: "delivered", noted: 3, sent: 1 });
      expect((await stateOf(one.notificationId))["deliveredAt"]).not.toBeNull();
    });

    it("is counted right where all are told at once", async () => {
      const one = await text();
      await Promise.all([1, 2, 3].map((number) => tellBy("vonage", part(one, number, "delivered"))));
      expect(await stateOf(one.notificationId)).toMatchObject({ status: "delivered", noted: 3 });
    });

    it("says that the text has failed when one has, and nothing of a number that others reach", async () => {
      for (const order of [
        ["delivered", "failed"],
        ["failed", "delivered"],
      ] as const) {
        const one = await text();
        const mark = order[0] === "failed" ? null : ("suppress" as const);
        for (const [index, type] of order.entries()) await tellBy("vonage", part(one, index, type, { mark }));
        expect(await stateOf(one.notificationId)).toMatchObject({ status: "failed", deliveredAt: null, sent: 1 });
        expect(await suppressionsOf(one.contactId)).toEqual([]);
      }
    });

    it("ends a delivery whose answer was lost as sent", async () => {
      const one = await given({ outcome: "unknown", waiting: true, provider: "vonage", segments: 3 });
      await tellBy("vonage", part(one, 1, "delivered"));
      expect(await stateOf(one.notificationId)).toMatchObject({ notification: "sent", status: "sent", open: 0 });
    });
  });

  it("of another provider's message belongs to nobody", async () => {
    const { notificationId, attemptId } = await given({ outcome: "sent" });
    const [stored] = await receipts.store("twilio", [receipt("delivered", { attemptId })]);
    expect(stored && (await receipts.settle(stored))).toBe("unmatched");
    expect(await stateOf(notificationId)).toMatchObject({ status: "sent", noted: 0 });
  });
});

describe("a receipt and the call that it is about", () => {
  const close = ({ deliveryId, attemptId }: { deliveryId: string; attemptId: string }, unknown = false) =>
    createDeliveryAttempts(pool).close({
      deliveryId,
      attemptId,
      outcome: unknown ? "unknown" : "sent",
      providerMessageId: unknown ? null : "m1",
      code: null,
      next: unknown ? { retryInMs: 60_000 } : { delivery: "sent", reason: null },
    });

  it("come to the same in both orders, and at the same time", async () => {
    for (const type of ["delivered", "bounced"] as const) {
      for (const order of ["receipt first", "answer first", "both at once", "both at once", "both at once"]) {
        const one = await given({ outcome: null });
        const told = () => tell(receipt(type, { attemptId: one.attemptId }));
        if (order === "receipt first") await told().then(() => close(one));
        else if (order === "answer first") await close(one).then(told);
        else await Promise.all([told(), close(one)]);
        expect([order, await stateOf(one.notificationId)]).toMatchObject([
          order,
          { notification: "sent", status: type, sent: 1, open: 0, attempt: "sent" },
        ]);
      }
    }
  });

  it("ends a delivery whose answer was lost, or never comes, without a retry", async () => {
    for (const order of ["receipt first", "answer first", "both at once", "both at once", "both at once"]) {
      const one = await given({ outcome: null });
      const told = () => tell(receipt("delivered", { attemptId: one.attemptId }));
      if (order === "receipt first") await told().then(() => close(one, true));
      else if (order === "answer first") await close(one, true).then(told);
      else await Promise.all([told(), close(one, true)]);
      expect([order, await stateOf(one.notificationId)]).toMatchObject([
        order,
        { notification: "sent", status: "delivered", sent: 1, open: 0 },
      ]);
    }
  });

  it("stops the retry that a delivery waits for", async () => {
    const { notificationId, attemptId } = await given({ outcome: "unknown", waiting: true });
    await tell(receipt("delivered", { attemptId }));
    expect(await stateOf(notificationId)).toMatchObject({ notification: "sent", status: "delivered", open: 0 });
  });

  it("of the last attempt, leaves in doubt what the one before may have brought, and says why it ended", async () => {
    const one = await given({ outcome: "unknown", waiting: true });
    const second = randomUUID();
    await pool.query(
      `INSERT INTO attempts (id, delivery_id, number, generation, provider, opened_at, closed_at, outcome)
       VALUES ($1, $2, 2, 0, 'sendgrid', now(), now(), 'unknown')`,
      [second, one.deliveryId],
    );
    await pool.query("UPDATE deliveries SET attempts = 2 WHERE id = $1", [one.deliveryId]);
    await tell(receipt("bounced", { attemptId: second, code: "5.1.1" }));
    expect(await stateOf(one.notificationId)).toMatchObject({
      ...{ notification: "unknown", outcomeReason: "5.1.1", status: "unknown", reason: "5.1.1" },
      ...{ unknown: 1, failed: 0, open: 0, noted: 1, attempt: "sent" },
    });
  });

  it("of the only attempt there is, leaves in doubt what a lost record may have said", async () => {
    const { notificationId, deliveryId, attemptId } = await given({ outcome: "unknown" });
    await pool.query("UPDATE deliveries SET record_lost = true WHERE id = $1", [deliveryId]);
    await tell(receipt("bounced", { attemptId, code: "5.1.1" }));
    expect(await stateOf(notificationId)).toMatchObject({ notification: "unknown", status: "unknown", failed: 0 });
  });

  it("of an earlier attempt, lets a call under way end, and no other follow", async () => {
    const one = await given({ outcome: "unknown", waiting: true });
    const second = randomUUID();
    await pool.query(
      `INSERT INTO attempts (id, delivery_id, number, generation, provider, opened_at)
       VALUES ($1, $2, 2, 0, 'sendgrid', now())`,
      [second, one.deliveryId],
    );
    await pool.query("UPDATE deliveries SET attempts = 2, open_attempt_id = $1 WHERE id = $2", [
      second,
      one.deliveryId,
    ]);
    const early = receipt("delivered", { attemptId: one.attemptId });
    expect(await tell(early)).toEqual(["waiting"]);
    expect(await stateOf(one.notificationId)).toMatchObject({ status: "sending", open: 1, noted: 0 });
    await close({ ...one, attemptId: second }, true);
    expect(await stateOf(one.notificationId)).toMatchObject({ notification: "sent", status: "sent", open: 0 });
    expect(await tell(early)).toEqual(["settled"]);
    expect(await stateOf(one.notificationId)).toMatchObject({ status: "delivered", noted: 1 });
    // What became of the message before says nothing about the one after it.
    await tell(receipt("bounced", { attemptId: one.attemptId }));
    expect(await stateOf(one.notificationId)).toMatchObject({ status: "delivered" });
  });
});

describe("a pixel or link of ours, in a mail", () => {
  const opened = (attemptId: string) => ({
    ...receipt("opened", { attemptId }),
    key: ownEventKey("opened", attemptId),
  });
  const store = async (attemptId: string) => (await receipts.store(OWN_SOURCE, [opened(attemptId)]))[0];
  const isLeftOver = async (id: string) => (await receipts.unsettled(1_000)).some((known) => known.id === id);

  it("keeps nobody from sending again what was not taken, and has its effect once that is over", async () => {
    const refused = await given({ outcome: null });
    const early = await store(refused.attemptId);
    if (early === undefined) throw new Error("it was not stored");
    expect(await receipts.settle(early)).toBe("waiting");
    expect(await stateOf(refused.notificationId)).toMatchObject({
      status: "sending",
      open: 1,
      noted: 0,
      attempt: null,
    });
    expect(await isLeftOver(early.id)).toBe(false);
    await createDeliveryAttempts(pool).close({
      deliveryId: refused.deliveryId,
      attemptId: refused.attemptId,
      outcome: "transient",
      providerMessageId: null,
      code: "451",
      next: { retryInMs: 60_000 },
    });
    expect(await receipts.settle(early)).toBe("waiting");
    expect(await stateOf(refused.notificationId)).toMatchObject({ status: "sending", open: 1 });
    await createDeliveryAttempts(pool).closeUnopened(refused.deliveryId, "failed", "expired", 0);
    expect(await receipts.settle(early)).toBe("settled");
    expect(await stateOf(refused.notificationId)).toMatchObject({ notification: "failed", status: "failed", noted: 1 });
  });

  it("is found by repair where whoever stored it died, once its delivery is closed", async () => {
    const { notificationId, deliveryId, attemptId } = await given({ outcome: null });
    const left = await store(attemptId);
    expect(await isLeftOver(left?.id ?? "")).toBe(false);
    const next = { delivery: "sent", reason: null } as const;
    const answer = { deliveryId, attemptId, outcome: "sent", providerMessageId: "m1", code: null, next } as const;
    await createDeliveryAttempts(pool).close(answer);
    expect(await isLeftOver(left?.id ?? "")).toBe(true);
    if (left !== undefined) await receipts.settle(left);
    expect(await isLeftOver(left?.id ?? "")).toBe(false);
    expect(await stateOf(notificationId)).toMatchObject({ notification: "sent", status: "opened" });
  });

  it("settles a doubt that nobody else will", async () => {
    const { notificationId, attemptId } = await given({ outcome: "unknown" });
    const stored = await store(attemptId);
    if (stored !== undefined) await receipts.settle(stored);
    expect(await stateOf(notificationId)).toMatchObject({
      notification: "sent",
      status: "opened",
      sent: 1,
      unknown: 0,
    });
  });
});

describe("what a refusal means for an address", () => {
  const refuse = (one: Awaited<ReturnType<typeof given>>, mark: "deactivate" | "suppress", deadSince: Date | null) =>
    createDeliveryAttempts(pool).close({
      deliveryId: one.deliveryId,
      attemptId: one.attemptId,
      outcome: "permanent",
      providerMessageId: null,
      code: "Unregistered",
      address: { mark, deadSince },
      next: { delivery: "failed", reason: "Unregistered" },
    });
  const isActive = async (contactId: string) => {
    const { rowCount } = await pool.query("SELECT FROM contacts WHERE id = $1 AND deactivated_at IS NULL", [contactId]);
    return rowCount === 1;
  };
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
  const registered = (contactId: string, at: Date) =>
    pool.query("UPDATE contacts SET registered_at = $2 WHERE id = $1", [contactId, at]);

  it.each([
    ["dead", "before its provider knew it dead", hoursAgo(3), hoursAgo(2), false],
    ["alive", "after its provider knew it dead", hoursAgo(1), hoursAgo(2), true],
    ["dead", "before the attempt", hoursAgo(1), null, false],
    ["alive", "after the attempt was opened", hoursAgo(-1), null, true],
  ])("is that a token is %s which was registered %s", async (_, _when, at, deadSince, active) => {
    const one = await given({ outcome: null });
    await registered(one.contactId, at);
    expect(await refuse(one, "deactivate", deadSince)).toEqual({ delivery: "failed", notification: "failed" });
    expect(await isActive(one.contactId)).toBe(active);
    // A second run, whose first one was killed before it could tell: the attempt is closed, and the mark stands.
    expect(await refuse(one, "deactivate", deadSince)).toBeNull();
    expect(await isActive(one.contactId)).toBe(active);
  });

  it("is that it is suppressed", async () => {
    const one = await given({ outcome: null });
    await refuse(one, "suppress", null);
    expect(await suppressionsOf(one.contactId)).toEqual([{ reason: "bounced", source: "sendgrid" }]);
    expect(await suppressors()).toEqual(["provider:sendgrid"]);
  });
});

describe("what receipts mean for an address", () => {
  it("is that it is suppressed, with the first reason", async () => {
    const { attemptId, contactId } = await given({ outcome: "sent" });
    await tell(receipt("bounced", { attemptId, mark: "suppress" }));
    await tell(receipt("complained", { attemptId, mark: "suppress" }));
    expect(await suppressionsOf(contactId)).toEqual([{ reason: "bounced", source: "sendgrid" }]);
    expect(await suppressors()).toEqual(["provider:sendgrid"]);
  });

  it("is that it is deactivated, unless it was registered anew since the message", async () => {
    const [dead, alive] = [await given({ outcome: "sent" }), await given({ outcome: "sent" })];
    await pool.query("UPDATE contacts SET registered_at = now() + interval '1 second' WHERE id = $1", [
      alive.contactId,
    ]);
    for (const { attemptId } of [dead, alive]) await tell(receipt("failed", { attemptId, mark: "deactivate" }));
    const { rows } = await pool.query<{ id: string }>(
      "SELECT id FROM contacts WHERE id = ANY ($1) AND deactivated_at IS NOT NULL",
      [[dead.contactId, alive.contactId]],
    );
    expect(rows).toEqual([{ id: dead.contactId }]);
  });

  it("is what its owner has said last, however often the words before are repeated", async () => {
    const hash = Buffer.alloc(32, 7);
    const optOuts = createOptOuts({ pool, addressHash: () => hash });
    const say = (key: string, type: "opted_out" | "opted_in") =>
      optOuts.record("twilio", { key, type, channel: "sms", address: "+14155550123" });
    const found = async () => {
      const { rows } = await pool.query("SELECT reason, source FROM suppressions WHERE address_hash = $1", [hash]);
      return rows;
    };
    await say("1", "opted_out");
    expect(await found()).toEqual([{ reason: "unsubscribed", source: "twilio" }]);
    await say("2", "opted_in");
    await say("1", "opted_out");
    expect(await found()).toEqual([]);
    // As the answer to a text does it, where the word itself has not reached us.
    await pool.query("INSERT INTO suppressions VALUES ('sms', $1, 'blocked', 'twilio')", [hash]);
    await say("4", "opted_out");
    await say("5", "opted_in");
    expect(await found()).toEqual([]);
    await pool.query("INSERT INTO suppressions VALUES ('sms', $1, 'complained', 'support')", [hash]);
    await say("3", "opted_in");
    expect(await found()).toHaveLength(1);
  });
});
