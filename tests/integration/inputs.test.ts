import { randomUUID } from "node:crypto";
import fc from "fast-check";
import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fieldPath } from "../../src/api/validation.ts";
import { createKeyStore } from "../../src/database/keys.ts";
import { createPool } from "../../src/database/pool.ts";
import { createPrisma } from "../../src/database/prisma.ts";
import { encodeNotificationId } from "../../src/domain/notification-id.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type Answer, exchange } from "../support/exchange.ts";
import { type Api, startApi } from "../support/processes.ts";
import { createTestNamespace } from "../support/temporal.ts";

// 10,000 bodies that are wrong in one place, wrong in meaning, or anything at all. Each is answered by a 4xx that names
// the field, and stores nothing; SEED repeats a run.

type Json = Record<string, unknown>;
type Path = (string | number)[];
type Route = { method: string; path: string; body: Json };
type Attempt = { method: string; path: string; text: string };
type Refusal = Attempt & {
  status: number;
  field: (field: string) => boolean;
  where?: { line: number; column: number };
};

const NOBODY = { clientId: "shop", eventId: "nowhere" };
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const AT_ONCE = 24;
const HOUR = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();

let database: TestDatabase;
let pool: pg.Pool;
let api: Api;
let admin: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, { max: 5, applicationName: "inputs-test" });
  const keys = createKeyStore({ pool, prisma: createPrisma(pool) });
  await keys.ensureClient({ id: "shop", name: "Shop" });
  const { key, appSecret } = await keys.create(
    { clientId: "shop", name: "test", scopes: ["admin"], expiresAt: null },
    { actor: "test", client: null },
  );
  admin = `Bearer ${key.appKey}.${appSecret}`;
  // No worker runs, so that a request to send that is not refused starts a workflow only, and fails its test.
  const temporal = await createTestNamespace();
  api = await startApi({
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    TIDINGS_SECRET: "a secret of at least 32 characters",
  });
  for (const { method, path, body } of STORED)
    expect((await send({ method, path, text: JSON.stringify(body) })).status).toBe(201);
});

afterAll(async () => {
  await api.stop();
  await pool.end();
  await database.drop();
});

const send = ({ method, path, text }: Attempt): Promise<Answer> =>
  exchange(api.url, method, path, text, { authorization: admin });

/** Sends all of them, some at a time, and gives back the answers in the same order. */
async function sendAll<T extends Attempt>(attempts: readonly T[]): Promise<{ attempt: T; answer: Answer }[]> {
  const done: { attempt: T; answer: Answer }[] = [];
  const waiting = attempts.entries();
  const lane = async () => {
    for (const [index, attempt] of waiting) done[index] = { attempt, answer: await send(attempt) };
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return done;
}

/** What is in the tables that requests write to. */
async function stored(): Promise<string[]> {
  const tables = ["users", "contacts", "preferences", "categories", "templates", "template_versions", "suppressions"];
  tables.push("settings", "api_keys", "clients", "request_limits", "channel_controls", "provider_controls");
  tables.push("event_keys", "notifications", "topic_subscriptions", "replays");
  const digests = tables.map(async (table) => {
    const { rows } = await pool.query(
      `SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) AS all FROM ${table} t`,
    );
    return `${table} ${rows[0].count} ${rows[0].all}`;
  });
  return Promise.all(digests);
}

const USER = {
  locale: "ko-KR",
  timezone: "Asia/Seoul",
  attributes: { first_name: "Mina", more: { list: [1, "two"] } },
};
const CATEGORY = {
  channels: ["push", "sms"],
  mandatory: false,
  guarantee: "at_least_once",
  priority: "normal",
  expiresAfter: "24h",
  limits: [{ max: 5, per: "1h", channel: "sms" }],
  onLimit: "drop",
  quietHours: { from: "22:00", to: "08:00", days: ["mon"] },
  dedupWithin: "1h",
  tracking: { opens: false, clicks: true },
};
const TEMPLATE = {
  locales: {
    default: {
      push: { title: "Shipped", body: "{{ x }}" },
      sms: { text: "{{ x }}" },
      email: { subject: "Shipped", text: "{{ x }}", html: "<p>{{ x }}</p>" },
    },
    ko: { sms: { text: "{{ x }}" } },
  },
};
const NOTIFICATION = {
  eventId: "inputs",
  to: { userId: "fuzzed", contacts: "all" },
  category: "fuzzed",
  template: "fuzzed",
  data: { x: "kettle", list: [{ a: 1 }] },
  channels: ["sms"],
  sendAt: inHours(2),
  expiresAt: inHours(3),
  priority: "high",
  locale: "ko",
};

const STORED: Route[] = [
  { method: "PUT", path: "/v1/users/fuzzed", body: USER },
  { method: "PUT", path: "/v1/categories/fuzzed", body: CATEGORY },
  { method: "PUT", path: "/v1/templates/fuzzed", body: TEMPLATE },
];

/** Bodies that would be taken as they are. */
const ROUTES: Route[] = [
  ...STORED,
  {
    method: "POST",
    path: "/v1/users/fuzzed/contacts",
    body: { channel: "email", address: "a@example.com", primary: true },
  },
  {
    method: "POST",
    path: "/v1/users/fuzzed/contacts",
    body: { channel: "apns", address: "00fc13ad", app: "com.example" },
  },
  {
    method: "PUT",
    path: "/v1/users/fuzzed/preferences",
    body: {
      all: true,
      quietHours: { from: "22:00", to: "08:00" },
      categories: { orders: { email: false, push: true } },
    },
  },
  {
    method: "POST",
    path: "/v1/templates/fuzzed/preview",
    body: { version: 1, locale: "en", userId: "fuzzed", data: { x: "1" } },
  },
  { method: "POST", path: "/v1/templates/fuzzed/rollback", body: { version: 1 } },
  {
    method: "PUT",
    path: "/v1/settings",
    body: { limits: [{ max: 20, per: "1d" }], quietHours: { from: "22:00", to: "08:00" }, smsCountries: ["KR"] },
  },
  {
    method: "PUT",
    path: "/v1/suppressions",
    body: { channel: "sms", address: "+821012345678", reason: "manual", source: "api" },
  },
  { method: "DELETE", path: "/v1/suppressions", body: { channel: "email", address: "a@example.com" } },
  {
    method: "POST",
    path: "/v1/keys",
    body: { name: "x", client: "shop", scopes: ["read"], expiresAt: inHours(1), requestLimit: { max: 5, per: "1m" } },
  },
  { method: "PUT", path: "/v1/channels/email", body: { paused: false, ratePerSecond: 20 } },
  { method: "PUT", path: "/v1/providers/smtp", body: { paused: false, ratePerSecond: 20 } },
  { method: "POST", path: "/v1/notifications", body: NOTIFICATION },
  { method: "POST", path: "/v1/notifications", body: { ...NOTIFICATION, to: { phone: "+821012345678" } } },
  { method: "POST", path: "/v1/notifications/explain", body: NOTIFICATION },
  {
    method: "PATCH",
    path: `/v1/notifications/${encodeNotificationId(NOBODY)}`,
    body: { sendAt: inHours(5) },
  },
  { method: "POST", path: "/codec/decode", body: { payloads: [{ metadata: { encoding: "anNvbg==" }, data: "e30=" }] } },
];

/** Where a caller puts what only the caller knows. */
const OPEN = new Set(["attributes", "data", "metadata"]);

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const inside = Object.entries(value).flatMap(([key, member]) =>
    pathsIn(member, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return path.length === 0 ? inside : [path, ...inside];
}

/** The same with another value at a place; the value is JSON, so that it may say what no JavaScript value does. */
function replaced(body: unknown, path: Path, json: string): string {
  const copy = structuredClone(body);
  const last = path.at(-1) ?? "";
  const parent = path.slice(0, -1).reduce<unknown>((inside, key) => (inside as Json)[key], copy);
  (parent as Json)[last] = "@@";
  return JSON.stringify(copy).replace('"@@"', () => json);
}

/** Wrong wherever it stands, with where it is then found to be. */
const POISON: [json: string, at: string][] = [
  [String.raw`"a\u0000b"`, ""],
  [String.raw`"\ud800"`, ""],
  [String.raw`"\udc00x"`, ""],
  ["1e999", ""],
  ["-1e999", ""],
  ["9007199254740993", ""],
  [`${"[".repeat(25)}${"]".repeat(25)}`, "[0]"],
  ['{"__proto__":{"admin":true}}', ".__proto__"],
  ['{"constructor":1}', ".constructor"],
  ['{"prototype":1}', ".prototype"],
  [String.raw`{"a":[{"b":"\u0000"}]}`, ".a[0].b"],
];
/** Wrong where something of a known form is asked for; a union may be to blame as a whole. */
const WRONG_TYPES = ['{"odd":[]}', "[[]]", "-0.5", '""', "1e308"];

const wrongSomewhere = fc.constantFrom(...ROUTES).chain((route): fc.Arbitrary<Refusal> => {
  const paths = pathsIn(route.body);
  const known = paths.filter((path) => !path.some((key) => OPEN.has(String(key))));
  const poisoned = fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...POISON)).map(([path, [json, at]]) => {
    const field = fieldPath(path) + at;
    return {
      ...route,
      text: replaced(route.body, path, json),
      status: 400,
      field: (named: string) => named.startsWith(field),
    };
  });
  const mistyped = fc.tuple(fc.constantFrom(...known), fc.constantFrom(...WRONG_TYPES)).map(([path, json]) => {
    const field = fieldPath(path);
    const related = (named: string) => named.startsWith(field) || field.startsWith(named);
    return {
      ...route,
      text: replaced(route.body, path, json),
      status: field === "timezone" && json === '""' ? 422 : 400,
      field: related,
    };
  });
  const unknown = fc.constant({
    ...route,
    text: JSON.stringify({ ...route.body, surprise: 1 }),
    status: 400,
    field: (named: string) => named === "surprise",
  });
  const twice = fc.constant({
    ...route,
    // Of a name that comes twice the last counts, for what is checked as for what is taken.
    text: `${JSON.stringify(route.body).slice(0, -1)},${JSON.stringify(Object.keys(route.body)[0])}:{"odd":1}}`,
    status: 400,
    field: (named: string) => named.startsWith(Object.keys(route.body)[0] ?? ""),
  });
  const isStrict = route.path !== "/codec/decode";
  return fc.oneof(
    { weight: 6, arbitrary: poisoned },
    { weight: 4, arbitrary: isStrict ? mistyped : poisoned },
    { weight: 1, arbitrary: isStrict ? unknown : poisoned },
    { weight: 1, arbitrary: twice },
  );
});

const put = (path: string, body: Json, field: string, status = 400): Refusal => ({
  method: "PUT",
  path,
  text: JSON.stringify(body),
  status,
  field: (named) => named === field,
});
const notify = (changes: Json, field: string, status = 400): Refusal => ({
  ...put("/v1/notifications", { ...NOTIFICATION, ...changes }, field, status),
  method: "POST",
});
const contact = (body: Json, field: string): Refusal => ({
  ...put("/v1/users/fuzzed/contacts", body, field),
  method: "POST",
});

const digits = (length: { minLength: number; maxLength: number }) =>
  fc.array(fc.integer({ min: 0, max: 9 }), length).map((all) => all.join(""));
const word = fc.stringMatching(/^[A-Z][a-z]{3,9}$/);
const LIQUID = ["{{ x", "{{ x | nope }}", "{% for %}{% endfor %}", "{% endif %}", "{% include 'x' %}"];

const wrongInMeaning: fc.Arbitrary<Refusal> = fc.oneof(
  fc
    .tuple(word, word)
    .map(([area, place]) => put("/v1/users/zone", { timezone: `Nowhere${area}/${place}` }, "timezone", 422)),
  digits({ minLength: 1, maxLength: 3 }).map((short) => contact({ channel: "sms", address: `+${short}` }, "address")),
  digits({ minLength: 21, maxLength: 40 }).map((long) => contact({ channel: "sms", address: `+${long}` }, "address")),
  digits({ minLength: 5, maxLength: 12 }).map((local) => contact({ channel: "sms", address: local }, "address")),
  // No country has these codes.
  digits({ minLength: 6, maxLength: 9 }).map((rest) => notify({ to: { phone: `+999${rest}` } }, "to.phone")),
  word.map((name) => notify({ to: { email: `${name}@${name}` } }, "to.email")),
  word.map((name) => notify({ to: { deviceToken: `${name} `, channel: "fcm" } }, "to.deviceToken")),
  word.map((name) => contact({ channel: "email", address: `${name}@${name}@example.com` }, "address")),
  word.map((name) => contact({ channel: "email", address: `"${name}"@example.com\r\nBcc: x@example.com` }, "address")),
  fc.integer({ min: 1, max: 40_000 }).map((hours) => notify({ sendAt: inHours(-hours) }, "sendAt", 422)),
  fc.integer({ min: 367, max: 100_000 }).map((days) => notify({ sendAt: inHours(24 * days) }, "sendAt")),
  fc
    .double({ min: 0.01, max: 1, noNaN: true })
    .map((hours) => notify({ expiresAt: inHours(hours - 0.01) }, "expiresAt")),
  fc
    .constantFrom("2027-02-30T00:00:00Z", "2027-01-01", "2027-01-01T00:00:00", "tomorrow", "1e9")
    .map((sendAt) => notify({ sendAt }, "sendAt")),
  fc
    .constantFrom(0, -1, 1.5, 1_000_001, 2 ** 53)
    .map((max) => put("/v1/categories/wrong", { ...CATEGORY, limits: [{ max, per: "1h" }] }, "limits[0].max")),
  fc
    .constantFrom("0s", "1", "-1h", "1w", "367d", "32d", "1h30m", "01h", "١h")
    .map((per) => put("/v1/settings", { limits: [{ max: 1, per }] }, "limits[0].per")),
  fc
    .constantFrom(0, -1, 5e-324, 1e-9, 100_001)
    .map((ratePerSecond) => put("/v1/providers/smtp", { ratePerSecond }, "ratePerSecond")),
  fc.constantFrom(0, -1, 5e-324, 1e-50, 501).map((ratePerSecond) => ({
    ...put("/v1/dead-letters/replay", { ids: [encodeNotificationId(NOBODY)], ratePerSecond }, "ratePerSecond"),
    method: "POST",
  })),
  fc
    .constantFrom("ZZ", "kr", "KOR", "")
    .map((country) => put("/v1/settings", { smsCountries: [country] }, "smsCountries[0]")),
  fc
    .constantFrom("24:00", "8:00", "22:60", "")
    .map((from) => put("/v1/settings", { quietHours: { from, to: "08:00" } }, "quietHours.from")),
  fc.constantFrom("constructor", "prototype").map((id) => put(`/v1/categories/${id}`, CATEGORY, "id")),
  fc.constantFrom("constructor", "prototype").map((client) => ({
    ...put("/v1/keys", { name: "x", client, scopes: ["read"] }, "client"),
    method: "POST",
  })),
  word.map((userId) => notify({ to: { userId } }, "to.userId", 404)),
  word.map((category) => notify({ category }, "category", 404)),
  word.map((template) => notify({ template }, "template", 404)),
  fc.integer({ min: 1, max: 5 }).map((n) => notify({ data: Object.fromEntries([["y", n]]) }, "data.x", 422)),
  fc
    .string({ unit: "binary", minLength: 201, maxLength: 300 })
    .map((eventId) => notify({ eventId: eventId.toWellFormed().replace(/\0/g, "0") }, "eventId")),
  fc
    .tuple(fc.constantFrom(...LIQUID), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }))
    .map(([liquid, lines, spaces]) => {
      const text = `${"line\n".repeat(lines)}${" ".repeat(spaces)}${liquid}`;
      const attempt = put(
        "/v1/templates/wrong",
        { locales: { default: { sms: { text } } } },
        "locales.default.sms.text",
        422,
      );
      return { ...attempt, where: { line: lines + 1, column: spaces + 1 } };
    }),
);

function complaintsAbout({ attempt, answer }: { attempt: Refusal; answer: Answer }): unknown[] {
  const errors = (answer.body.errors ?? []) as { field: string; line?: number; column?: number }[];
  const places =
    attempt.where === undefined ||
    (errors[0]?.line === attempt.where.line && errors[0].column === attempt.where.column);
  if (answer.status === attempt.status && errors.some(({ field }) => attempt.field(field)) && places) return [];
  return [{ seed: SEED, ...attempt, answered: answer.status, errors }];
}

it.each([
  ["4,000 bodies that are wrong in one place", wrongSomewhere, 4_000],
  ["2,000 bodies that mean what cannot be", wrongInMeaning, 2_000],
])(
  "refuses %s, names the field, and stores nothing",
  async (_, arbitrary, count) => {
    const attempts = fc.sample(arbitrary, { numRuns: count, seed: SEED });
    const before = await stored();
    const done = await sendAll(attempts);
    expect(done.flatMap(complaintsAbout).slice(0, 5)).toEqual([]);
    expect(await stored()).toEqual(before);
  },
  180_000,
);

const names = fc.constantFrom(
  ...["locale", "timezone", "attributes", "channel", "address", "app", "primary", "all", "quietHours", "categories"],
  ...["channels", "mandatory", "expiresAfter", "locales", "default", "sms", "text", "push", "title", "body", "email"],
  ...["version", "data", "userId", "name", "scopes", "client", "from", "to", "__proto__", "constructor", "eventId"],
  ...["category", "template", "limits", "max", "per", "reason", "source", "requestLimit"],
);
const values = fc.constantFrom<unknown>(
  ...["ko-KR", "Asia/Seoul", "email", "sms", "fcm", "+821012345678", "mina@example.com", "22:00", "24h", "read"],
  ...["{{ x }}", "{% for a in (1..9) %}{{ a }}", "{{ x | default: '' }}", "\0", "\ud800", "", "a".repeat(3_000)],
  ...["fuzzed", 0, 1, -1, 1.5, 2 ** 31, Number.MAX_VALUE, true, false, null],
);
const { body: anyBody } = fc.letrec<{ body: Json; any: unknown }>((tie) => ({
  any: fc.oneof({ depthSize: "medium" }, values, fc.jsonValue(), tie("body"), fc.array(tie("any"), { maxLength: 3 })),
  body: fc.dictionary(fc.oneof({ weight: 9, arbitrary: names }, { weight: 1, arbitrary: fc.string() }), tie("any"), {
    maxKeys: 5,
    noNullPrototype: true,
  }),
}));
const anything = fc.oneof(
  { weight: 8, arbitrary: anyBody.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
);
/** Each under a name of its own, so that it can be seen what is stored. */
const TARGETS: [string, (id: string) => string][] = [
  ["PUT", (id) => `/v1/users/${id}`],
  ["PUT", (id) => `/v1/categories/${id}`],
  ["PUT", (id) => `/v1/templates/${id}`],
  ["POST", () => "/v1/users/fuzzed/contacts"],
  ["PUT", () => "/v1/users/fuzzed/preferences"],
  ["POST", () => "/v1/templates/fuzzed/preview"],
  ["POST", () => "/v1/templates/fuzzed/rollback"],
  ["POST", () => "/v1/keys"],
  ["PUT", () => "/v1/suppressions"],
  ["PUT", () => "/v1/settings"],
  ["POST", () => "/v1/notifications"],
  ["POST", () => "/v1/notifications/explain"],
];

it("answers 4,000 arbitrary bodies without an error of its own, and stores what it says and nothing else", async () => {
  const attempt = fc.tuple(fc.constantFrom(...TARGETS), anything).map(([[method, path], text]) => {
    return { method, path: path(randomUUID()), text };
  });
  const counts = async () => {
    const { rows } = await pool.query(
      "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM categories) + (SELECT count(*) FROM contacts) + (SELECT count(*) FROM template_versions) + (SELECT count(*) FROM api_keys) + (SELECT count(*) FROM suppressions) AS rows",
    );
    return Number(rows[0].rows);
  };
  const before = await counts();
  const done = await sendAll(fc.sample(attempt, { numRuns: 4_000, seed: SEED }));
  const wrong = done.filter(
    ({ answer: { status, body } }) => status >= 500 || (status >= 400 && typeof body.code !== "string"),
  );
  expect(wrong.slice(0, 5).map((one) => ({ seed: SEED, ...one }))).toEqual([]);
  const made = done.filter(
    ({ attempt: { path }, answer: { status } }) =>
      (status === 201 && !path.endsWith("/preferences")) || (status === 200 && path.endsWith("/rollback")),
  );
  expect((await counts()) - before).toBe(made.length);
  // They are not all so wild that none gets through, nor so tame that all do.
  expect(made.length).toBeGreaterThan(20);
  expect(done.filter(({ answer }) => answer.status === 400).length).toBeGreaterThan(1_000);
}, 180_000);

it("logs no text of any of them", () => {
  // As a word: a connection that is terminated is nobody's.
  for (const secret of [/\bmina\b/i, /\+8210/, /a@example/i, /fuzzed/i, /bearer/i, /tk_/i]) {
    expect(api.output()).not.toMatch(secret);
  }
});
