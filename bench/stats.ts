import "../src/require-node-24.ts";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAdmissions } from "../src/database/admissions.ts";
import { createDeliveryAttempts } from "../src/database/delivery-attempts.ts";
import { migrate } from "../src/database/migrate.ts";
import { createPool } from "../src/database/pool.ts";
import { createStats } from "../src/database/stats.ts";
import type { Dimension } from "../src/domain/stats.ts";
import { startPostgres } from "../tests/support/services.ts";
import { spread } from "./spread.ts";

// `node bench/stats.ts`: what counting costs the statements of a notification, with the triggers against without, in
// turns: compare the ratio. And how long an answer takes over a year of many categories, with counts that wait to be
// folded.

const ROUNDS = 15;
const PER_ROUND = 300;
const CONCURRENCY = 10;
const WAITING = 200_000;

const directory = mkdtempSync(join(tmpdir(), "tidings-stats-"));
const postgres = await startPostgres(directory);
const pool = createPool(postgres.url, { max: CONCURRENCY, applicationName: "bench" });
const admissions = createAdmissions(pool);
const attempts = createDeliveryAttempts(pool);
const stats = createStats(pool);

try {
  await migrate(postgres.url, () => undefined);
  await pool.query("INSERT INTO clients (id, name) VALUES ('shop', 'Shop')");
  await compareHotPath();
  await fill();
  for (const [from, by] of [
    ["2026-11-25", ["category", "channel"]],
    ["2026-11-01", ["day", "category", "channel"]],
    ["2025-12-01", ["day", "channel"]],
    ["2025-12-01", ["category", "template", "channel", "reason"]],
  ] as [string, Dimension[]][]) {
    await measureRead(from, by);
  }
  const folded = performance.now();
  let taken = 0;
  for (let took = -1; took !== 0; taken += took) took = await stats.fold(20_000);
  console.log(`folded ${taken} counts in ${(performance.now() - folded).toFixed(0)} ms`);
} finally {
  await pool.end();
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function compareHotPath(): Promise<void> {
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [without, counted] = [await timeRound(false), await timeRound(true)];
    // The first round fills caches.
    if (round > 0) ratios.push(counted / without);
  }
  console.log(`admit, open and close, counted against not: ${spread(ratios, 2)} times as long`);
}

async function timeRound(counting: boolean): Promise<number> {
  for (const table of ["notifications", "deliveries"]) {
    await pool.query(`ALTER TABLE ${table} ${counting ? "ENABLE" : "DISABLE"} TRIGGER USER`);
  }
  let left = PER_ROUND;
  const started = performance.now();
  const work = async () => {
    while (left-- > 0) await notifyOnce();
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return performance.now() - started;
}

/** The statements of a notification by mail to an address, without Temporal and without a provider. */
async function notifyOnce(): Promise<void> {
  const key = { clientId: "shop", eventId: randomUUID() };
  const owner = { workflowId: `ntf:shop:${key.eventId}`, firstRunId: "r", generation: 0 };
  const admitted = await admissions.claim({ key, bodyHash: "00", owner }, (notificationId) => ({
    now: new Date(),
    addressHash: "00",
    content: null,
    limits: { subject: "somebody", limits: [], onFull: "drop", notBefore: (at) => at },
    decide: () => ({ kind: "send", deliveries: [{ send: true, channel: "email", contactId: null }] }),
    notification: {
      notificationId,
      key,
      workflowId: owner.workflowId,
      generation: 0,
      userId: null,
      categoryId: "orders",
      template: { id: "shipped", version: 1 },
      mandatory: false,
      guarantee: "at_least_once",
      priority: "normal",
      locale: null,
      acceptedAt: new Date(),
      sendAt: null,
      expiresAt: null,
      request: {},
    },
  }));
  if (admitted.owner !== "mine") throw new Error("an event ID was taken");
  const [delivery] = admitted.row.open ?? [];
  if (delivery === undefined) throw new Error("nothing was planned");
  const { deliveryId } = delivery;
  const { notificationId } = admitted;
  const attemptId = randomUUID();
  await attempts.open({
    notificationId,
    deliveryId,
    attemptId,
    generation: 0,
    attemptsBefore: 0,
    decidedAt: new Date(),
    providers: ["smtp"],
    channelWords: ["email"],
    country: null,
    smsCountriesByDefault: null,
    segments: null,
  });
  await attempts.close({
    attemptId,
    deliveryId,
    outcome: "sent",
    providerMessageId: "m",
    code: null,
    next: { delivery: "sent", reason: null },
  });
}

/** A year of 20 categories, each with 3 versions of a template on 4 channels, as three clients have it. */
async function fill(): Promise<void> {
  for (const client of ["shop", "bank", "club"]) {
    await pool.query(
      `INSERT INTO stat_days
       SELECT '${client}', d::date, 'category-' || c, 'template-' || c, v, channel, 'provider', measure, reason, 100
       FROM generate_series('2025-12-01'::timestamp, '2026-11-30', '1 day') d, generate_series(1, 20) c,
         generate_series(1, 3) v, unnest(ARRAY['apns', 'fcm', 'sms', 'email']) channel,
         (VALUES ('created', ''), ('sent', ''), ('delivered', ''), ('opened', ''), ('failed', '5.1.1'),
           ('suppressed', 'opted_out')) AS m (measure, reason)`,
    );
  }
  await pool.query(
    `INSERT INTO stat_deltas (client_id, day, category_id, template_id, template_version, channel, provider, measure, reason, count)
     SELECT 'shop', '2026-11-25', 'category-1', 'template-1', 1, 'email', '', 'created', '', 1
     FROM generate_series(1, ${WAITING})`,
  );
  await pool.query("ANALYZE stat_days, stat_deltas");
  const { rows } = await pool.query<{ rows: string; counted: string }>(
    "SELECT count(*) AS rows, sum(count) AS counted FROM stat_days",
  );
  console.log(`${rows[0]?.rows} rows of ${rows[0]?.counted} events, and ${WAITING} that wait to be folded`);
}

async function measureRead(from: string, by: Dimension[]): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 6; round++) {
    const started = performance.now();
    await stats.read({ clientId: "shop", from, to: "2026-11-30", by, limit: 10_001 });
    if (round > 0) times.push(performance.now() - started);
  }
  console.log(`from ${from} by ${by.join(",")}: ${spread(times, 0)} ms`);
}
