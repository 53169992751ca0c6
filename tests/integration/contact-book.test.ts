import { randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Answer,
  CLIENT_ID,
  type Notification,
  ok,
  order,
  seed,
  startSystem,
  type System,
} from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

type Json = Record<string, unknown>;
type Contact = {
  id: string;
  channel: string;
  address: string;
  country: string | null;
  primary: boolean;
  active: boolean;
  createdAt: string;
  lastSeenAt: string;
};
type Suppression = { id: string; channel: string; address: string | null; reason: string; source: string };
type Page<T> = { items: T[]; nextCursor: string | null };

const MAX_CONTACTS = 100;
const MAX_TOPICS = 1_000;

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
});

afterAll(() => system.stop());

const call = <T = Json>(method: string, path: string, body?: unknown) => system.call<T>(method, path, body);

async function givenUser(body: Json = {}): Promise<string> {
  const id = `user-${randomUUID()}`;
  await ok(call("PUT", `/v1/users/${id}`, body));
  return id;
}

const givenContact = (user: string, contact: Json) => ok(call<Contact>("POST", `/v1/users/${user}/contacts`, contact));
const contactsOf = async (user: string) =>
  (await ok(call<Page<Contact>>("GET", `/v1/users/${user}/contacts?limit=200`))).items;
const newToken = () => `token-${randomUUID()}`;
const newMailbox = () => `reader-${randomUUID()}@example.com`;

/** A key of the same client with less to say. */
async function callAs(scopes: string[], method: string, path: string, body?: unknown): Promise<Answer> {
  const { appKey, appSecret } = await ok(call("POST", "/v1/keys", { name: "less", scopes }));
  return system.call(method, path, body, system.apis[0], { authorization: `Bearer ${appKey}.${appSecret}` });
}

/** How many rows of each table of the contact book there are: what is refused must not change it. */
async function rowCounts(): Promise<Json> {
  const { rows } = await system.pool.query<Json>(
    `SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM contacts) AS contacts,
       (SELECT count(*) FROM preferences) AS preferences, (SELECT count(*) FROM topic_subscriptions) AS topics,
       (SELECT count(*) FROM suppressions) AS suppressions, (SELECT count(*) FROM settings) AS settings`,
  );
  return rows[0] ?? {};
}

async function pages<T>(path: string): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: Page<T> = await ok(call<Page<T>>("GET", cursor === "" ? path : `${path}&cursor=${cursor}`));
    all.push(...page.items);
    cursor = page.nextCursor;
  }
  return all;
}

describe("a contact", () => {
  it("says when it was first registered and when it was last seen", async () => {
    const user = await givenUser();
    const device = { channel: "fcm", address: newToken(), app: "com.example.app" };
    const first = await givenContact(user, device);
    expect(first.lastSeenAt).toBe(first.createdAt);
    await system.pool.query(
      "UPDATE contacts SET created_at = now() - interval '2 days', registered_at = now() - interval '1 day' WHERE id = $1",
      [first.id],
    );
    const again = await givenContact(user, device);
    expect(again.id).toBe(first.id);
    const day = 86_400_000;
    const age = Date.parse(again.lastSeenAt) - Date.parse(again.createdAt);
    expect(Math.abs(age - 2 * day)).toBeLessThan(day / 2);
    expect(await contactsOf(user)).toEqual([again]);
  });

  it("starts anew with the user that a phone goes to", async () => {
    const [before, after] = [await givenUser(), await givenUser()];
    const device = { channel: "fcm", address: newToken() };
    const old = await givenContact(before, device);
    await system.pool.query(
      "UPDATE contacts SET created_at = '2020-01-01', registered_at = '2020-01-01' WHERE id = $1",
      [old.id],
    );
    const moved = await givenContact(after, device);
    expect(moved.id).not.toBe(old.id);
    expect(moved.createdAt).toBe(moved.lastSeenAt);
    expect(await contactsOf(before)).toEqual([]);
  });

  it("has the country of its phone number", async () => {
    const user = await givenUser();
    expect(await givenContact(user, { channel: "sms", address: "+82 10-1234-5678" })).toMatchObject({
      address: "+821012345678",
      country: "KR",
    });
    expect(await givenContact(user, { channel: "email", address: newMailbox() })).toMatchObject({ country: null });
  });

  it("is one mailbox however its international domain is written", async () => {
    const user = await givenUser();
    const first = await givenContact(user, { channel: "email", address: "mina@BÜCHER.example" });
    const again = await givenContact(user, { channel: "email", address: "mina@xn--bcher-kva.example" });
    expect([first.address, again.id]).toEqual(["mina@xn--bcher-kva.example", first.id]);
  });

  it("is one of at most 100 devices: a further one takes the place of the one seen longest ago", async () => {
    const user = await givenUser();
    const mailbox = await givenContact(user, { channel: "email", address: newMailbox() });
    const devices: Contact[] = [];
    for (let index = 0; index < MAX_CONTACTS; index++) {
      devices.push(
        await givenContact(user, {
          channel: index % 2 === 0 ? "fcm" : "apns",
          address: randomBytes(16).toString("hex"),
        }),
      );
    }
    const [oldest, secondOldest, dead] = devices;
    // Seen again, the first one is the newest of them.
    await givenContact(user, { channel: oldest?.channel, address: oldest?.address });
    await system.pool.query("UPDATE contacts SET deactivated_at = now() WHERE id = $1", [dead?.id]);
    const ids = async () => (await contactsOf(user)).map(({ id }) => id);

    const one = await givenContact(user, { channel: "apns", address: randomBytes(16).toString("hex") });
    expect(await ids()).toHaveLength(MAX_CONTACTS + 1);
    expect(await ids()).not.toContain(dead?.id);
    const two = await givenContact(user, { channel: "apns", address: randomBytes(16).toString("hex") });
    expect(await ids()).toHaveLength(MAX_CONTACTS + 1);
    expect(await ids()).not.toContain(secondOldest?.id);
    expect(await ids()).toEqual(expect.arrayContaining([mailbox.id, oldest?.id, one.id, two.id]));
  }, 120_000);

  it("is one of at most 100 mailboxes and phones: a further one is refused", async () => {
    const user = await givenUser();
    const addresses = Array.from({ length: MAX_CONTACTS }, () => newMailbox());
    for (const address of addresses) await givenContact(user, { channel: "email", address });
    const refused = await call("POST", `/v1/users/${user}/contacts`, { channel: "sms", address: "+821012345678" });
    expect(refused).toMatchObject({ status: 409, body: { code: "limit_reached" } });
    expect(await contactsOf(user)).toHaveLength(MAX_CONTACTS);
    // The ones that are there may register again, and a device has places of its own.
    expect(await givenContact(user, { channel: "email", address: addresses[0], primary: true })).toMatchObject({
      primary: true,
    });
    await givenContact(user, { channel: "fcm", address: newToken() });
  }, 120_000);
});

describe("many registrations at once", () => {
  /** So many may find no connection in time; an app asks again. */
  const answered = (...request: Parameters<typeof call>) =>
    waitFor("an answer", async () => {
      const answer = await call(...request);
      return answer.status === 503 ? null : answer;
    });

  it("of one token by five users leave it with exactly one of them", async () => {
    const users = await Promise.all(Array.from({ length: 5 }, () => givenUser()));
    const device = { channel: "apns", address: randomBytes(32).toString("hex"), app: "com.example.app" };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => answered("POST", `/v1/users/${users[index % 5]}/contacts`, device)),
    );
    expect(answers.filter(({ status }) => status !== 200 && status !== 201)).toEqual([]);
    const owners = await Promise.all(users.map(contactsOf));
    expect(owners.flat()).toHaveLength(1);
    // Each 201 is a new owner; the id that is left is one that was answered.
    const made = answers.filter(({ status }) => status === 201).map(({ body }) => body.id);
    expect(new Set(made).size).toBe(made.length);
    expect(made).toContain(owners.flat()[0]?.id);
  });

  it("and deletions of its users never fail, and leave it with one user at most", async () => {
    const users = await Promise.all(Array.from({ length: 5 }, () => givenUser()));
    const device = { channel: "fcm", address: newToken() };
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const user = users[index % 5] ?? "";
        return index % 4 === 3
          ? answered("DELETE", `/v1/users/${user}`)
          : answered("POST", `/v1/users/${user}/contacts`, device);
      }),
    );
    expect(answers.filter(({ status }) => ![200, 201, 204, 404].includes(status))).toEqual([]);
    const { rows } = await system.pool.query("SELECT user_id FROM contacts WHERE address = $1", [device.address]);
    expect(rows.length).toBeLessThanOrEqual(1);
  });

  it("of devices that full users take from one another never fail", async () => {
    const users = await Promise.all(Array.from({ length: 4 }, () => givenUser()));
    const prefix = newToken();
    await system.pool.query(
      `INSERT INTO contacts (id, user_id, channel, address, address_hash)
       SELECT gen_random_uuid(), owner, 'fcm', $2 || owner || n, sha256(convert_to($2 || owner || n, 'UTF8'))
       FROM unnest($1::text[]) AS owner, generate_series(1, 100) AS n`,
      [users, prefix],
    );
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const [to, from] = [users[index % 4] ?? "", users[(index + 1 + (index % 3)) % 4] ?? ""];
        return answered("POST", `/v1/users/${to}/contacts`, {
          channel: "fcm",
          address: `${prefix}${from}${1 + (index % 7)}`,
        });
      }),
    );
    expect(answers.filter(({ status }) => status !== 200 && status !== 201)).toEqual([]);
    for (const user of users) expect((await contactsOf(user)).length).toBeLessThanOrEqual(MAX_CONTACTS);
  });

  it("of primary addresses leave exactly one, which is one of those asked for", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ phone: fc.integer({ min: 0, max: 4 }), primary: fc.boolean() }), {
          minLength: 2,
          maxLength: 12,
        }),
        async (registrations) => {
          const user = await givenUser();
          const addressOf = (phone: number) => `+82101234560${phone}`;
          const first = await givenContact(user, { channel: "sms", address: addressOf(9), primary: true });
          const answers = await Promise.all(
            registrations.map(({ phone, primary }) =>
              call("POST", `/v1/users/${user}/contacts`, {
                channel: "sms",
                address: addressOf(phone),
                ...(primary ? { primary } : {}),
              }),
            ),
          );
          expect(answers.filter(({ status }) => status !== 200 && status !== 201)).toEqual([]);
          const primaries = (await contactsOf(user)).filter(({ primary }) => primary);
          expect(primaries).toHaveLength(1);
          const asked = registrations.filter(({ primary }) => primary).map(({ phone }) => addressOf(phone));
          expect(asked.length === 0 ? [first.address] : asked).toContain(primaries[0]?.address);
        },
      ),
      { numRuns: 15 },
    );
  }, 120_000);

  it("of devices never leave a user with more than 100", async () => {
    const user = await givenUser();
    const answers = await Promise.all(
      Array.from({ length: MAX_CONTACTS + 20 }, () =>
        answered("POST", `/v1/users/${user}/contacts`, { channel: "fcm", address: newToken() }),
      ),
    );
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    expect(await contactsOf(user)).toHaveLength(MAX_CONTACTS);
  }, 120_000);
});

describe("topics", () => {
  it("are subscribed to, listed in pages and left", async () => {
    const user = await givenUser();
    const path = `/v1/users/${user}/topics`;
    expect((await call("GET", path)).body).toEqual({ items: [], nextCursor: null });
    const made = await call("PUT", `${path}/news.weekly`);
    expect(made).toMatchObject({ status: 201, body: { topic: "news.weekly" } });
    expect(await call("PUT", `${path}/news.weekly`)).toMatchObject({ status: 200, body: made.body });
    for (const topic of ["football", "a", "Z"]) expect((await call("PUT", `${path}/${topic}`, {})).status).toBe(201);
    const listed = await pages<Json>(`${path}?limit=2`);
    expect(listed.map(({ topic }) => topic).toSorted()).toEqual(["Z", "a", "football", "news.weekly"]);
    expect(listed).toContainEqual(made.body);
    for (const _ of [1, 2]) expect((await call("DELETE", `${path}/football`)).status).toBe(204);
    expect((await pages<Json>(`${path}?limit=2`)).map(({ topic }) => topic)).not.toContain("football");
  });

  it("need a user", async () => {
    for (const [method, path] of [
      ["GET", "/v1/users/nobody/topics"],
      ["PUT", "/v1/users/nobody/topics/news"],
    ] as const) {
      expect(await call(method, path)).toMatchObject({ status: 404, body: { code: "user_not_found" } });
    }
    expect((await call("DELETE", "/v1/users/nobody/topics/news")).status).toBe(204);
  });

  it("are subscribed to once, however many ask at the same time", async () => {
    const path = `/v1/users/${await givenUser()}/topics/news`;
    const answers = await Promise.all(Array.from({ length: 15 }, () => call("PUT", path)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array.from({ length: 14 }, () => 200), 201]);
    expect(new Set(answers.map(({ body }) => body.subscribedAt)).size).toBe(1);
  });

  it("are at most 1,000 per user", async () => {
    const user = await givenUser();
    await system.pool.query(
      "INSERT INTO topic_subscriptions (topic, user_id) SELECT 'topic-' || n, $1 FROM generate_series(1, $2::int) n",
      [user, MAX_TOPICS],
    );
    expect(await call("PUT", `/v1/users/${user}/topics/one-more`)).toMatchObject({
      status: 409,
      body: { code: "limit_reached" },
    });
    expect((await call("PUT", `/v1/users/${user}/topics/topic-1`)).status).toBe(200);
  });

  it("have an index that pages through the users of one", async () => {
    const { rows } = await system.pool.query<{ indexdef: string }>(
      "SELECT indexdef FROM pg_indexes WHERE tablename = 'topic_subscriptions'",
    );
    expect(rows.map(({ indexdef }) => indexdef)).toContainEqual(expect.stringMatching(/UNIQUE .*\(topic, user_id\)$/));
  });
});

describe("suppressions", () => {
  it("are put, found by address, replaced and taken off", async () => {
    const address = newMailbox();
    const query = `/v1/suppressions?channel=email&address=${encodeURIComponent(address)}`;
    expect((await call("GET", query)).body).toEqual({ items: [], nextCursor: null });
    const made = await call("PUT", "/v1/suppressions", { channel: "email", address });
    expect(made).toMatchObject({
      status: 201,
      body: { channel: "email", address: null, reason: "manual", source: "api" },
    });
    const replaced = await call("PUT", "/v1/suppressions", {
      channel: "email",
      address: address.toUpperCase(),
      reason: "complained",
      source: "support-desk",
    });
    expect(replaced).toMatchObject({
      status: 200,
      body: { id: made.body.id, createdAt: made.body.createdAt, reason: "complained", source: "support-desk" },
    });
    expect((await call("GET", query)).body).toEqual({ items: [replaced.body], nextCursor: null });
    for (const _ of [1, 2]) {
      expect((await call("DELETE", "/v1/suppressions", { channel: "email", address })).status).toBe(204);
    }
    expect((await call("GET", query)).body).toEqual({ items: [], nextCursor: null });
    await ok(call("PUT", "/v1/suppressions", { channel: "email", address }));
    for (const _ of [1, 2]) {
      expect((await call("DELETE", `/v1/suppressions/${String(made.body.id)}`)).status).toBe(204);
    }
    expect((await call("GET", query)).body).toEqual({ items: [], nextCursor: null });
  });

  it("keep an address as a hash, and show it only where a contact has it", async () => {
    const user = await givenUser();
    const address = newMailbox();
    await ok(call("PUT", "/v1/suppressions", { channel: "email", address }));
    const stored = await system.pool.query("SELECT * FROM suppressions");
    expect(JSON.stringify(stored.rows)).not.toContain(address);
    const shown = async () =>
      (await ok(call<Page<Suppression>>("GET", `/v1/suppressions?channel=email&address=${address}`))).items[0]?.address;
    expect(await shown()).toBeNull();
    await givenContact(user, { channel: "email", address });
    expect(await shown()).toBe(address);
    await ok(call("DELETE", `/v1/users/${user}`));
    expect(await shown()).toBeNull();
  });

  it("are listed newest first, in pages that neither repeat nor skip", async () => {
    const put = async (channel: string, address: string) =>
      (await ok(call<Suppression>("PUT", "/v1/suppressions", { channel, address }))).id;
    const made: string[] = [];
    for (let index = 0; index < 7; index++) {
      made.unshift(await put(index % 3 === 0 ? "fcm" : "email", index % 3 === 0 ? newToken() : newMailbox()));
    }
    // Of the same millisecond, too.
    await system.pool.query("UPDATE suppressions SET created_at = now() - interval '1 hour'");
    const all = (await pages<Suppression>("/v1/suppressions?limit=2")).map(({ id }) => id);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining(made));
    const newest = await put("email", newMailbox());
    expect((await pages<Suppression>("/v1/suppressions?limit=3"))[0]?.id).toBe(newest);
    const devices = await pages<Suppression>("/v1/suppressions?channel=fcm&limit=2");
    expect(new Set(devices.map(({ channel }) => channel))).toEqual(new Set(["fcm"]));
    expect(devices).toHaveLength(3);
  });

  it("are one, however many put it at once", async () => {
    const body = { channel: "sms", address: "+821099998888" };
    const answers = await Promise.all(Array.from({ length: 15 }, () => call("PUT", "/v1/suppressions", body)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array.from({ length: 14 }, () => 200), 201]);
    expect(new Set(answers.map(({ body: { id } }) => id)).size).toBe(1);
  });

  it("outlive the erasure of a user, who is not mailed again", async () => {
    const address = newMailbox();
    const user = await givenUser({ attributes: { first_name: "Jun" } });
    await givenContact(user, { channel: "email", address });
    await ok(call("PUT", "/v1/suppressions", { channel: "email", address, reason: "complained" }));
    await ok(call("DELETE", `/v1/users/${user}`));
    await ok(call("PUT", `/v1/users/${user}`, { attributes: { first_name: "Jun" } }));
    await givenContact(user, { channel: "email", address });
    const { id } = await ok(
      call<Notification>(
        "POST",
        "/v1/notifications",
        order(`erased-${user}`, { to: { userId: user }, category: "letters" }),
      ),
    );
    expect(await system.finished(id)).toMatchObject({ status: "suppressed", reason: "suppressed" });
    expect(system.messagesOf(id)).toEqual([]);
  });
});

describe("the export of a user", () => {
  it("is what is stored about them but contents, notifications of every client included", async () => {
    const user = await givenUser({ locale: "en", timezone: "Asia/Seoul", attributes: { first_name: "Jun" } });
    const address = newMailbox();
    const contact = await givenContact(user, { channel: "email", address, primary: true });
    const preferences = await ok(
      call("PUT", `/v1/users/${user}/preferences`, { categories: { orders: { push: false } } }),
    );
    const topic = await ok(call("PUT", `/v1/users/${user}/topics/news`));
    const sent = await ok(
      call<Notification>(
        "POST",
        "/v1/notifications",
        order(`export-${user}`, { to: { userId: user }, category: "letters" }),
      ),
    );
    await system.finished(sent.id);
    const suppression = await ok(call("PUT", "/v1/suppressions", { channel: "email", address }));

    const { status, headers, body } = await call("GET", `/v1/users/${user}/export`);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(body).toEqual({
      exportedAt: expect.any(String) as string,
      user: (await call("GET", `/v1/users/${user}`)).body,
      contacts: [contact],
      preferences,
      topics: [topic],
      suppressions: [suppression],
      notifications: [
        expect.objectContaining({
          id: sent.id,
          client: CLIENT_ID,
          eventId: `export-${user}`,
          category: "letters",
          template: { id: "order_shipped", version: 1 },
          status: "sent",
          deliveries: [expect.objectContaining({ channel: "email", contactId: contact.id, status: "sent" })],
        }),
      ],
    });
    expect(JSON.stringify(body)).not.toContain("Blue kettle");
  });

  it("is whole however many notifications there were", async () => {
    const user = await givenUser();
    const COUNT = 1_234;
    await system.pool.query(
      `INSERT INTO notifications (id, client_id, event_id, workflow_id, user_id, category_id, template_id, template_version,
         status, mandatory, guarantee, priority, accepted_at, decided_at, final_at)
       SELECT gen_random_uuid(), $2, 'many-' || n, 'many-' || n, $1, 'orders', 'order_shipped', 1, 'suppressed', false,
         'at_least_once', 'normal', now(), now(), now()
       FROM generate_series(1, $3::int) n`,
      [user, CLIENT_ID, COUNT],
    );
    const { notifications } = await ok(call<{ notifications: Json[] }>("GET", `/v1/users/${user}/export`));
    expect(new Set(notifications.map(({ id }) => id)).size).toBe(COUNT);
  });

  it("still shows what is left of a user who was erased", async () => {
    const user = await givenUser({ attributes: { first_name: "Jun" } });
    const { id } = await ok(
      call<Notification>("POST", "/v1/notifications", order(`left-${user}`, { to: { userId: user } })),
    );
    await system.finished(id);
    await ok(call("DELETE", `/v1/users/${user}`));
    expect((await call("GET", `/v1/users/${user}/export`)).body).toMatchObject({
      user: null,
      contacts: [],
      preferences: null,
      topics: [],
      suppressions: [],
      notifications: [{ id, user }],
    });
    expect(await call("GET", "/v1/users/nobody/export")).toMatchObject({
      status: 404,
      body: { code: "user_not_found" },
    });
  });

  it("is for administrators, since it shows what every client has sent", async () => {
    const path = `/v1/users/${await givenUser()}/export`;
    expect(await callAs(["read", "manage", "send"], "GET", path)).toMatchObject({
      status: 403,
      body: { code: "missing_scope" },
    });
    expect((await callAs(["admin"], "GET", path)).status).toBe(200);
  });
});

describe("settings", () => {
  it("have defaults, are replaced as a whole and are one, whoever puts them", async () => {
    const defaults = { limits: [], quietHours: null, smsCountries: null, smsDailyCap: null, smsDailyCaps: {} };
    expect((await call("GET", "/v1/settings")).body).toEqual(defaults);
    const settings = {
      limits: [
        { max: 20, per: "1d" },
        { max: 3, per: "1h", channel: "sms" },
      ],
      quietHours: { from: "22:00", to: "08:00" },
      smsCountries: ["KR", "DE"],
      smsDailyCap: 500,
      smsDailyCaps: { shop: 0, office: null },
    };
    const answers = await Promise.all(Array.from({ length: 10 }, () => call("PUT", "/v1/settings", settings)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect((await call("GET", "/v1/settings")).body).toEqual(settings);
    expect((await call("PUT", "/v1/settings", {})).body).toEqual(defaults);
    expect((await call("GET", "/v1/settings")).body).toEqual(defaults);
  });
});

describe("scopes", () => {
  it("let `read` look and `manage` change, and `send` neither", async () => {
    const user = await givenUser();
    const body = { channel: "email", address: newMailbox() };
    const reads = [`/v1/users/${user}/topics`, "/v1/suppressions", "/v1/settings"].map(
      (path) => ["GET", path] as const,
    );
    const changes = [
      ["PUT", `/v1/users/${user}/topics/scopes`],
      ["PUT", "/v1/suppressions", body],
      ["PUT", "/v1/settings", {}],
      ["DELETE", `/v1/users/${user}/topics/scopes`],
      ["DELETE", "/v1/suppressions", body],
      ["DELETE", `/v1/suppressions/sup_email_${"A".repeat(43)}`],
    ] as const;
    for (const [method, path, sent] of [...reads, ...changes]) {
      const say = async (scope: string) => [method, path, scope, (await callAs([scope], method, path, sent)).status];
      const answered = expect.toSatisfy((status: number) => status < 300) as number;
      expect(await say("send")).toEqual([method, path, "send", 403]);
      expect(await say("read")).toEqual([method, path, "read", method === "GET" ? answered : 403]);
      expect(await say("manage")).toEqual([method, path, "manage", answered]);
    }
  });
});

describe("what is not right", () => {
  const LONG = "x".repeat(5_000);
  const NUL = "a\0b";
  const LONE = "\ud800";
  const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });

  const user: [body: unknown, field: string][] = [
    [{ locale: 5 }, "locale"],
    [{ locale: "not a tag" }, "locale"],
    [{ locale: `en${NUL}` }, "locale"],
    [{ timezone: ["Asia/Seoul"] }, "timezone"],
    [{ attributes: "x" }, "attributes"],
    [{ attributes: { a: "x".repeat(40_000) } }, "attributes"],
    [{ attributes: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`a${index}`, 1])) }, "attributes"],
    [{ attributes: { a: NUL } }, "attributes.a"],
    [{ attributes: { a: [LONE] } }, "attributes.a[0]"],
    [{ attributes: { [LONE]: 1 } }, "attributes"],
    [`{"attributes": {"__proto__": {}}}`, "attributes.__proto__"],
    [`{"attributes": {"a": 1e999}}`, "attributes.a"],
    [{ attributes: deep(30) }, `attributes${".a".repeat(19)}`],
    [{ name: "Mina" }, "name"],
    [[], "body"],
    ["not JSON", "body"],
  ];
  const contact: [body: unknown, field: string][] = [
    [{}, "channel"],
    [{ channel: "push", address: "x" }, "channel"],
    [{ channel: "email" }, "address"],
    [{ channel: "email", address: 5 }, "address"],
    [{ channel: "email", address: "a@b@example.com" }, "address"],
    [{ channel: "email", address: `${"a".repeat(65)}@example.com` }, "address"],
    [{ channel: "email", address: `a@${"b.".repeat(200)}com` }, "address"],
    [{ channel: "email", address: `mina@ex${NUL}.com` }, "address"],
    [{ channel: "email", address: `${LONE}@example.com` }, "address"],
    [{ channel: "email", address: "mina@example.com\r\nBcc: eve@example.com" }, "address"],
    [{ channel: "email", address: "mina@bücher.example/x" }, "address"],
    [{ channel: "sms", address: "010-1234-5678" }, "address"],
    [{ channel: "sms", address: "+1" }, "address"],
    [{ channel: "sms", address: "+821012345678901234567" }, "address"],
    [{ channel: "sms", address: 821012345678 }, "address"],
    [{ channel: "apns", address: "xyz" }, "address"],
    [{ channel: "fcm", address: LONG }, "address"],
    [{ channel: "fcm", address: "token", app: "not an app" }, "app"],
    [{ channel: "fcm", address: "token", primary: true }, "primary"],
    [{ channel: "email", address: "mina@example.com", primary: "yes" }, "primary"],
    [{ channel: "email", address: "mina@example.com", app: "com.example" }, "app"],
    [{ channel: "email", address: "mina@example.com", verified: true }, "verified"],
  ];
  const preferences: [body: unknown, field: string][] = [
    [{ all: "no" }, "all"],
    [{ quietHours: "22-08" }, "quietHours"],
    [{ quietHours: { from: "22:00" } }, "quietHours.to"],
    [{ quietHours: { from: "24:00", to: "08:00" } }, "quietHours.from"],
    [{ quietHours: { from: "22:00", to: "08:00", zone: "UTC" } }, "quietHours.zone"],
    [{ quietHours: { from: "22:00", to: "08:00", days: ["someday"] } }, "quietHours.days[0]"],
    [{ categories: [] }, "categories"],
    [{ categories: { "a b": {} } }, 'categories["a b"]'],
    [{ categories: { [`a${NUL}`]: {} } }, "categories"],
    [{ categories: { news: { fax: false } } }, "categories.news.fax"],
    [{ categories: { news: { email: "off" } } }, "categories.news.email"],
    [{ categories: { news: true } }, "categories.news"],
    [{ categories: Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`c${index}`, {}])) }, "categories"],
    [{ topics: [] }, "topics"],
  ];
  const suppression: [body: unknown, field: string][] = [
    [{}, "channel"],
    [{ channel: "push", address: "x" }, "channel"],
    [{ channel: "email" }, "address"],
    [{ channel: "email", address: "nobody" }, "address"],
    [{ channel: "sms", address: "12345" }, "address"],
    [{ channel: "email", address: NUL }, "address"],
    [{ channel: "email", address: LONE }, "address"],
    [{ channel: "email", address: "a@example.com", until: "2030-01-01" }, "until"],
  ];
  const putSuppression: [body: unknown, field: string][] = [
    ...suppression,
    [{ channel: "email", address: "a@example.com", reason: "He asked us to." }, "reason"],
    [{ channel: "email", address: "a@example.com", reason: 5 }, "reason"],
    [{ channel: "email", address: "a@example.com", source: LONG }, "source"],
    [{ channel: "email", address: "a@example.com", source: "" }, "source"],
  ];
  const settings: [body: unknown, field: string][] = [
    [{ limits: { max: 1, per: "1h" } }, "limits"],
    [{ limits: [{ max: 0, per: "1h" }] }, "limits[0].max"],
    [{ limits: [{ max: 1.5, per: "1h" }] }, "limits[0].max"],
    [{ limits: [{ max: 1, per: "1 hour" }] }, "limits[0].per"],
    [{ limits: [{ max: 1, per: "1h", channel: "fax" }] }, "limits[0].channel"],
    [{ limits: [{ max: 1, per: "1h", category: "x" }] }, "limits[0].category"],
    [{ quietHours: "hold" }, "quietHours"],
    [{ smsDailyCap: -1 }, "smsDailyCap"],
    [{ smsDailyCap: 1.5 }, "smsDailyCap"],
    [{ smsDailyCaps: { shop: "many" } }, "smsDailyCaps.shop"],
    [{ smsCountries: "KR" }, "smsCountries"],
    [{ smsCountries: [] }, "smsCountries"],
    [{ smsCountries: ["kr"] }, "smsCountries[0]"],
    [{ smsCountries: ["XX"] }, "smsCountries[0]"],
    [{ smsCountries: ["KR", "KR"] }, "smsCountries"],
    [{ smsCountries: [82] }, "smsCountries[0]"],
    [{ smsCountries: [NUL] }, "smsCountries[0]"],
    [{ currency: "EUR" }, "currency"],
  ];
  const cases = [
    ...user.map((row) => ["PUT", "/v1/users/wrong", ...row] as const),
    ...contact.map((row) => ["POST", "/v1/users/mina/contacts", ...row] as const),
    ...preferences.map((row) => ["PUT", "/v1/users/mina/preferences", ...row] as const),
    ...putSuppression.map((row) => ["PUT", "/v1/suppressions", ...row] as const),
    ...suppression.map((row) => ["DELETE", "/v1/suppressions", ...row] as const),
    ...settings.map((row) => ["PUT", "/v1/settings", ...row] as const),
    ["PUT", "/v1/users/mina/topics/news", { since: 1 }, "since"] as const,
    ["PUT", "/v1/users/mina/topics/a%20b", undefined, "topic"] as const,
    ["PUT", "/v1/users/mina/topics/a%00b", undefined, "topic"] as const,
    ["PUT", `/v1/users/mina/topics/${"x".repeat(129)}`, undefined, "topic"] as const,
    ["DELETE", "/v1/users/mina/topics/a%2Fb", undefined, "topic"] as const,
    ["DELETE", "/v1/suppressions/nonsense", undefined, "id"] as const,
    ["DELETE", `/v1/suppressions/sup_fax_${"A".repeat(43)}`, undefined, "id"] as const,
    ["DELETE", "/v1/users/mina/contacts/nonsense", undefined, "contactId"] as const,
    ["GET", "/v1/suppressions?channel=push", undefined, "channel"] as const,
    ["GET", "/v1/suppressions?address=a%40example.com", undefined, "channel"] as const,
    ["GET", "/v1/suppressions?channel=email&address=nobody", undefined, "address"] as const,
    ["GET", "/v1/suppressions?channel=email&address=%00", undefined, "address"] as const,
    ["GET", "/v1/suppressions?channel=email&channel=sms", undefined, "channel"] as const,
    ["GET", "/v1/suppressions?cursor=x", undefined, "cursor"] as const,
    ["GET", "/v1/suppressions?limit=201", undefined, "limit"] as const,
    ["GET", "/v1/suppressions?page=1", undefined, "page"] as const,
    ["GET", "/v1/users/mina/topics?cursor=%00", undefined, "cursor"] as const,
    ...["", "/contacts", "/preferences", "/topics", "/export"].map(
      (path) => ["GET", `/v1/users/a%00b${path}`, undefined, "userId"] as const,
    ),
    ...["", "/contacts", "/preferences", "/topics", "/export"].map(
      (path) => ["GET", `/v1/users/${"x".repeat(201)}${path}`, undefined, "userId"] as const,
    ),
  ];

  it("is refused with the name of the field, and nothing of it is stored", async () => {
    const before = await rowCounts();
    const mina = async () => [
      (await call("GET", "/v1/users/mina")).body,
      (await call("GET", "/v1/users/mina/preferences")).body,
      await contactsOf("mina"),
      (await call("GET", "/v1/settings")).body,
    ];
    const known = await mina();
    for (const [method, path, body, field] of cases) {
      const answer = await call(method, path, body);
      const named = ((answer.body.errors ?? []) as Json[]).map((error) => error.field);
      const what = body === undefined ? "" : JSON.stringify(body).slice(0, 100);
      expect([method, path, what, answer.status, answer.body.code, named]).toEqual([
        method,
        path,
        what,
        400,
        "invalid_request",
        expect.arrayContaining([field]),
      ]);
    }
    expect(await rowCounts()).toEqual(before);
    expect(await mina()).toEqual(known);
  });

  it("is refused where it is too large or nobody's time zone", async () => {
    const before = await rowCounts();
    const huge = { attributes: { a: "x".repeat(300_000) } };
    expect(await call("PUT", "/v1/users/wrong", huge)).toMatchObject({ status: 413, body: { code: "body_too_large" } });
    for (const timezone of ["Asia/Nowhere", "", "+09:00", "constructor", LONG]) {
      expect(await call("PUT", "/v1/users/wrong", { timezone })).toMatchObject({
        status: 422,
        body: { code: "invalid_timezone", errors: [{ field: "timezone" }] },
      });
    }
    expect(await rowCounts()).toEqual(before);
  });

  it("never makes an error quote an address", async () => {
    for (const [method, path, body] of [
      ["PUT", "/v1/suppressions", { channel: "email", address: "canary@example@com" }],
      ["DELETE", "/v1/suppressions", { channel: "email", address: "canary@example@com" }],
      ["GET", "/v1/suppressions?channel=email&address=canary%40example%40com", undefined],
    ] as const) {
      const answer = await call(method, path, body);
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body)).not.toContain("canary");
    }
  });
});
