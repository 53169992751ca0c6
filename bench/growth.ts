import "../src/require-node-24.ts";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { createAdmit } from "../src/activities/admit.ts";
import { createAddressHash } from "../src/database/address-hash.ts";
import { createAdmissions } from "../src/database/admissions.ts";
import { createDecisionFacts } from "../src/database/decision-facts.ts";
import { createKeptSettings } from "../src/database/kept-settings.ts";
import { migrate } from "../src/database/migrate.ts";
import { setUpTemporal } from "../src/temporal/set-up.ts";
import { startPostgres, startTemporal } from "../tests/support/services.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../tests/support/system.ts";
import { grow } from "./grow.ts";
import { manyContacts } from "./growth-sql.ts";
import { spread } from "./spread.ts";

// `node bench/growth.ts`: what a request costs on a database that has seen much, against one that is almost
// empty. Both take turns in one run; compare ratios, not milliseconds.

const CONTACTS = 50;
const ROUNDS = 11;
const PER_ROUND = 30;
const GOAL = 1.3;

type Side = { name: string; admit: (name: string) => Promise<unknown>; post: (name: string) => Promise<unknown> };

const directory = mkdtempSync(join(tmpdir(), "tidings-growth-"));
const [postgres, temporal] = await Promise.all([startPostgres(directory), startTemporal(directory)]);
const opened: (() => Promise<unknown>)[] = [];
try {
  const [empty, grown] = [await startOn("empty"), await startOn("grown")];
  await grow(grown.pool, { "many contacts": manyContacts(CONTACTS) });
  await compare([
    side("empty", empty, "mina"),
    side("grown", grown, "mina"),
    side(`${CONTACTS} contacts`, grown, "many"),
  ]);
} finally {
  for (const close of opened.toReversed()) await close();
  await Promise.all([postgres.stop(), temporal.stop()]);
  rmSync(directory, { recursive: true, force: true });
}

/** The service on a database of its own. Nobody works off what it accepts: that would be measured too. */
async function startOn(name: string): Promise<System> {
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  await migrate(url.href, () => undefined);
  await setUpTemporal({ connection: { address: temporal.address }, namespace: name, log: () => undefined });
  const system = await startSystem({
    workers: 0,
    servers: {
      database: { url: url.href, drop: () => Promise.resolve() },
      temporal: { address: temporal.address, namespace: name },
    },
  });
  opened.push(() => system.stop());
  await seed(system);
  return system;
}

function side(name: string, system: System, userId: string): Side {
  const pool = new pg.Pool({ connectionString: system.env.DATABASE_URL, max: 1 });
  opened.push(() => pool.end());
  const freshness = { now: () => 0, isFresh: () => true };
  const activity = createAdmit({
    admissions: createAdmissions(pool),
    facts: createDecisionFacts(pool, createKeptSettings(pool, { freshness, counted: () => undefined }), null),
    addressHash: createAddressHash("a secret for benches, at least 32 characters"),
  });
  const to = { userId };
  return {
    name,
    admit: (id) => {
      const workflowId = `ntf:shop:${id}`;
      const { data } = order(id);
      const request = { to, category: "letters", template: { id: "order_shipped", version: 1 }, data };
      const input = { key: { clientId: "shop", eventId: id }, bodyHash: "aa", generation: 0, request };
      return activity.admit({
        input: { ...input, acceptedAt: new Date().toISOString() },
        workflowId,
        firstRunId: randomUUID(),
      });
    },
    post: (id) => ok(system.call<Notification>("POST", "/v1/notifications", order(id, { to, category: "letters" }))),
  };
}

async function compare(sides: Side[]): Promise<void> {
  for (const what of ["admit", "post"] as const) {
    const medians = new Map<string, number[]>(sides.map(({ name }) => [name, []]));
    for (let round = 0; round <= ROUNDS; round++) {
      const times = await takeTurns(sides, (side, number) =>
        side[what](`${what}-${sides.indexOf(side)}-${round}-${number}`),
      );
      // The first round warms up.
      if (round > 0) for (const { name } of sides) medians.get(name)?.push(medianOf(times.get(name) ?? []));
    }
    const base = medians.get("empty") ?? [];
    for (const [name, values] of medians) {
      const ratios = values.map((value, index) => value / (base[index] ?? NaN));
      const ratio = name === "empty" ? "" : `, ${spread(ratios, 2)} times the empty one (goal ${GOAL})`;
      console.log(`${what}, ${name}: ${spread(values, 2)} ms${ratio}`);
    }
  }
}

/** One after the other, each time beginning with another one: the machine's moods hit all of them. */
async function takeTurns(
  sides: readonly Side[],
  run: (side: Side, number: number) => Promise<unknown>,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(sides.map(({ name }) => [name, []]));
  for (let turn = 0; turn < PER_ROUND * sides.length; turn++) {
    const side = sides[(turn + Math.floor(turn / sides.length)) % sides.length];
    if (side === undefined) continue;
    const begun = performance.now();
    await run(side, turn);
    times.get(side.name)?.push(performance.now() - begun);
  }
  return times;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
