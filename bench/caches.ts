import "../src/require-node-24.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDecisionFacts } from "../src/database/decision-facts.ts";
import { createKeptSettings } from "../src/database/kept-settings.ts";
import { migrate } from "../src/database/migrate.ts";
import { createPool } from "../src/database/pool.ts";
import { createRequestFacts } from "../src/database/request-facts.ts";
import { startPostgres } from "../tests/support/services.ts";
import { spread } from "./spread.ts";

// `node bench/caches.ts`: what is read before a request, a decision and a send, with everything kept in memory against
// nothing kept. Both take turns; compare ratios.

const ROUNDS = 20;
const PER_ROUND = 50;
/** More than are kept, so that going round them finds none. */
const TEMPLATES = 1_000;
const LOCALES = ["default", "de", "fr", "ko", "pt-BR"];

const directory = mkdtempSync(join(tmpdir(), "tidings-caches-"));
const postgres = await startPostgres(directory);
const pool = createPool(postgres.url, { max: 10, applicationName: "bench" });
const keep = (isFresh: boolean) =>
  createKeptSettings(pool, { counted: () => undefined, freshness: { now: () => 0, isFresh: () => isFresh } });
const sides = [
  { name: "read", kept: keep(false), templateOf: (number: number) => `shipped-${(number % TEMPLATES) + 1}` },
  { name: "kept", kept: keep(true), templateOf: () => "shipped-1" },
];
type Side = (typeof sides)[number];

try {
  await migrate(postgres.url, () => undefined);
  await fill();
  await compare("a request", ({ kept, templateOf }) => {
    const facts = createRequestFacts(pool, kept);
    return (number) =>
      Promise.all([
        facts.ofEventId({ clientId: "shop", eventId: `event-${number}` }),
        facts.named({ userId: "mina", categoryId: "orders", templateId: templateOf(number) }),
      ]);
  });
  await compare("a decision", ({ kept, templateOf }) => {
    const facts = createDecisionFacts(pool, kept, null);
    return (number) => {
      const template = { id: templateOf(number), version: 1 };
      return facts.load({
        userId: "mina",
        inline: null,
        acceptedAt: new Date(),
        categoryId: "orders",
        channels: null,
        template,
      });
    };
  });
  await compare("the texts of a send", ({ kept, templateOf }) => {
    return (number) => kept.templateVersion(templateOf(number), 1);
  });
} finally {
  await pool.end();
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function fill(): Promise<void> {
  const email = { subject: "Shipped: {{ item_name }}", text: "Hello. ".repeat(80), html: "<p>Hello.</p>".repeat(200) };
  const push = { title: "Shipped", body: "{{ item_name }} is on its way" };
  const locales = Object.fromEntries(LOCALES.map((locale) => [locale, { push, email, sms: { text: push.body } }]));
  await pool.query("INSERT INTO users (id, locale) VALUES ('mina', 'en')");
  await pool.query("INSERT INTO categories (id, channels) VALUES ('orders', '{email}')");
  const ids = Array.from({ length: TEMPLATES }, (_, index) => `shipped-${index + 1}`);
  await pool.query("INSERT INTO templates (id, current_version) SELECT unnest($1::text[]), 1", [ids]);
  await pool.query("INSERT INTO template_versions (template_id, version, locales) SELECT unnest($1::text[]), 1, $2", [
    ids,
    JSON.stringify(locales),
  ]);
  await pool.query(
    `INSERT INTO contacts (id, user_id, channel, address, address_hash)
     VALUES (gen_random_uuid(), 'mina', 'email', 'mina@example.com', 'x')`,
  );
}

async function compare(what: string, make: (side: Side) => (number: number) => Promise<unknown>): Promise<void> {
  const runs = sides.map((side) => ({ name: side.name, run: make(side), times: [] as number[] }));
  let number = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { run, times } of runs) {
      const begun = performance.now();
      for (let index = 0; index < PER_ROUND; index++) await run(number++);
      // The first round warms up.
      if (round > 0) times.push((performance.now() - begun) / PER_ROUND);
    }
  }
  console.log(`${what}: ${runs.map(({ name, times }) => `${spread(times, 3)} ms ${name}`).join(", ")}`);
}
