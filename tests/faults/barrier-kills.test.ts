import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROVIDER_IDS } from "../../src/config.ts";
import { GUARANTEES } from "../../src/domain/guarantee.ts";
import { type BarrierKills, createBarrierKills } from "../support/barrier-kills.ts";
import { type AttemptRow, contradictions, type DeliveryFacts } from "../support/contradictions.ts";
import { BARRIERS, killPlans } from "../support/kill-plan.ts";
import { startWorker } from "../support/processes.ts";
import { type OwnServers, startOwnServers } from "../support/own-servers.ts";
import { ok, seed as seedSystem, type System } from "../support/system.ts";

// The worker is killed while each provider has sends at one of the four places where it matters; the seed decides who
// stands where. `FAULT_SEEDS=25` makes it 100 kills, `SEED=7` repeats the four of one seed.

const SEEDS =
  process.env.SEED === undefined
    ? Array.from({ length: Number(process.env.FAULT_SEEDS ?? 2) }, (_, index) => index + 1)
    : [Number(process.env.SEED)];

/** The longest time-out of an activity twice, since a run may die once more, and the retries that follow. */
const RECOVERY_MS = 240_000;

const started = performance.now();
let servers: OwnServers;
let system: System;
let env: Record<string, string>;
let run: BarrierKills;

beforeAll(async () => {
  servers = await startOwnServers("barriers", {
    workers: 0,
  });
  ({ system } = servers);
  const { sendgridBaseUrl, mailchimpBaseUrl, vonageBaseUrl } = system.sandbox;
  env = {
    ...system.env,
    ...{ SENDGRID_API_KEY: "SG.sandbox", SENDGRID_BASE_URL: sendgridBaseUrl },
    ...{ MAILCHIMP_API_KEY: "sandbox", MAILCHIMP_BASE_URL: mailchimpBaseUrl },
    ...{ VONAGE_API_KEY: "sandbox", VONAGE_API_SECRET: "sandbox", VONAGE_FROM: "Shop", VONAGE_BASE_URL: vonageBaseUrl },
    EMAIL_PROVIDERS: "smtp,sendgrid,mailchimp",
    SMS_PROVIDERS: "twilio,vonage",
  };
  await seedSystem(system);
  for (const guarantee of GUARANTEES) {
    await ok(system.call("PUT", `/v1/categories/${guarantee}`, { channels: ["push", "sms", "email"], guarantee }));
  }
  // Far away, but counted.
  await ok(system.call("PUT", "/v1/settings", { smsDailyCap: 1_000_000 }));
  run = createBarrierKills(system, env);
}, 120_000);

afterAll(() => servers.stop(), 120_000);

describe("SIGKILL of the worker with sends of all providers at their barriers", () => {
  it.each(SEEDS)("four times by seed %i", { timeout: 900_000 }, async (seed) => {
    for (const [index, plan] of killPlans(seed).entries()) await run.kill(`seed-${seed}-kill-${index + 1}`, plan);
    console.log(`seed ${seed}: killed 4 times, ${run.killed.length} sends so far, after ${seconds()} s`);
  });

  it("catches every provider at every barrier, in sends of both guarantees", () => {
    const caught = new Set(run.killed.map((send) => `${send.provider} ${send.barrier} ${send.guarantee}`));
    const all = PROVIDER_IDS.flatMap((id) => BARRIERS.flatMap((at) => GUARANTEES.map((word) => `${id} ${at} ${word}`)));
    expect(all.filter((one) => !caught.has(one))).toEqual([]);
  });

  it("leaves every notification final, and as it is recorded", { timeout: 2 * RECOVERY_MS }, async () => {
    await run.unpause();
    system.workers.push(await startWorker(env));
    const facts = await factsOfAll();
    const messages = system.sandbox.messages();
    // None is of an attempt that nobody knows of.
    expect(facts.flatMap((delivery) => delivery.messages)).toHaveLength(messages.length);
    expect(facts.flatMap(contradictions)).toEqual([]);
    const attempts = new Map(facts.flatMap((delivery) => delivery.attempts).map((row) => [row.id, row]));
    for (const { at: _, ...send } of run.killed) {
      const copies = messages.filter(({ attemptId }) => attemptId === send.attemptId).length;
      const outcome = attempts.get(send.attemptId)?.outcome;
      expect({ ...send, outcome, copies }).toEqual({ ...send, outcome: "unknown", copies: send.taken ? 1 : 0 });
    }
    report(facts, attempts);
  });

  it("leaves every SMS that a provider may have taken counted against the cap of its client", async () => {
    const { rows } = await system.pool.query<{ used: number; counted: number }>(
      `SELECT (SELECT sum(used)::int FROM sms_usage) AS used, sum(a.cap_segments)::int AS counted
       FROM attempts a WHERE a.outcome IN ('sent', 'unknown')`,
    );
    const taken = system.sandbox.messages().filter(({ channel }) => channel === "sms").length;
    expect(taken).toBeGreaterThan(0);
    expect(rows[0]?.used).toBe(rows[0]?.counted);
    expect(rows[0]?.used).toBeGreaterThanOrEqual(taken);
    console.log(`SMS: ${taken} taken by providers, ${rows[0]?.used} segments counted`);
  });
});

/** Everything that was acknowledged, once it is final. */
async function factsOfAll(): Promise<DeliveryFacts[]> {
  const notifications = [];
  for (const { id, guarantee, channels } of run.acknowledged) {
    const notification = await system.finished(id, RECOVERY_MS);
    expect(notification.deliveries.map(({ channel }) => channel)).toEqual(channels);
    notifications.push({ ...notification, guarantee });
  }
  const { rows } = await system.pool.query<AttemptRow>(
    `SELECT id, delivery_id AS "deliveryId", number, provider, outcome, code, closed_at AS "closedAt"
     FROM attempts ORDER BY number`,
  );
  const messages = system.sandbox.messages();
  return notifications.flatMap(({ eventId, guarantee, deliveries }) =>
    deliveries.map((delivery) => {
      const attempts = rows.filter(({ deliveryId }) => deliveryId === delivery.id);
      const ids = new Set(attempts.map(({ id }) => id));
      const taken = messages.filter(({ attemptId }) => attemptId !== null && ids.has(attemptId));
      return { eventId, guarantee, delivery, attempts, messages: taken };
    }),
  );
}

/** The figures of the run, for people. */
function report(facts: readonly DeliveryFacts[], attempts: ReadonlyMap<string, AttemptRow>): void {
  const kills = SEEDS.length * BARRIERS.length;
  const again = run.killed.map(({ attemptId, at }) => (attempts.get(attemptId)?.closedAt?.getTime() ?? at) - at);
  const outcomes = Map.groupBy(attempts.values(), ({ outcome, code }) => `${outcome} ${code ?? ""}`.trim());
  const doubled = facts.filter(({ messages }) => messages.length > 1);
  console.log(
    [
      `${kills} kills with ${run.killed.length} sends at barriers, ${facts.length} deliveries of ${run.acknowledged.length} notifications, ${seconds()} s`,
      `attempts: ${[...outcomes].map(([outcome, rows]) => `${rows.length} ${outcome}`).join(", ")}`,
      ...GUARANTEES.map((guarantee) => {
        const those = facts.filter((delivery) => delivery.guarantee === guarantee);
        const statuses = Map.groupBy(those, ({ delivery }) => delivery.status);
        const counts = [...statuses].map(([status, group]) => `${group.length} ${status}`).join(", ");
        return `${guarantee}: ${counts}; ${doubled.filter((delivery) => those.includes(delivery)).length} with duplicates`;
      }),
      `a lost send was noticed after ${median(again)} s in the median, at most ${Math.round(Math.max(...again) / 1_000)} s`,
    ].join("\n"),
  );
}

function median(values: readonly number[]): number {
  return Math.round((values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0) / 1_000);
}

function seconds(): number {
  return Math.round((performance.now() - started) / 1_000);
}
