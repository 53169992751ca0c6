import { randomUUID } from "node:crypto";
import fc from "fast-check";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createControls } from "../../src/database/controls.ts";
import { createDeliveryAttempts } from "../../src/database/delivery-attempts.ts";
import { createPool } from "../../src/database/pool.ts";
import { createProviderBreakers } from "../../src/database/provider-breakers.ts";
import { chooseProvider, type ProviderFacts } from "../../src/domain/choose-provider.ts";
import { GUARANTEES, type Guarantee } from "../../src/domain/guarantee.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, { max: 20, applicationName: "provider-choice-test" });
  await pool.query("INSERT INTO clients (id, name) VALUES ('shop', 'Shop')");
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Names that no other test has heard of. */
const names = (count: number) => Array.from({ length: count }, (_, index) => `p${index}-${randomUUID()}`);

/** A delivery to an address that the request brought, so that nothing but the providers can stand in its way. */
async function givenDelivery(options: { guarantee?: Guarantee; attempts?: number } = {}) {
  const { guarantee = "at_least_once", attempts = 0 } = options;
  const [notificationId, deliveryId] = [randomUUID(), randomUUID()];
  await pool.query(
    `WITH n AS (
       INSERT INTO notifications (id, client_id, event_id, workflow_id, category_id, template_id, template_version,
         status, mandatory, guarantee, priority, accepted_at, decided_at, next_action_at, open_count)
       VALUES ($1::uuid, 'shop', $1::uuid::text, 'w', 'letters', 't', 1, 'sending', false, $3, 'normal', now(), now(), now(), 1))
     INSERT INTO deliveries (id, notification_id, position, channel, status, attempts)
     VALUES ($2, $1, 1, 'email', 'sending', $4)`,
    [notificationId, deliveryId, guarantee, attempts],
  );
  return { notificationId, deliveryId, attempts };
}

type Given = Awaited<ReturnType<typeof givenDelivery>>;

function open({ attempts, ...delivery }: Given, providers: readonly string[], attemptId = randomUUID()) {
  const fence = { generation: 0, attemptsBefore: attempts, decidedAt: new Date(), channelWords: ["email"] as const };
  const unasked = { country: null, smsCountriesByDefault: null, segments: null };
  return createDeliveryAttempts(pool).open({ ...delivery, ...fence, ...unasked, attemptId, providers });
}

async function openBreaker(provider: string, probeInMs: number): Promise<void> {
  await pool.query(
    `WITH b AS (
       INSERT INTO provider_breakers (provider, state, epoch, probe_at)
       VALUES ($1, 'open', 1, clock_timestamp() + $2::float8 * interval '1 millisecond'))
     INSERT INTO breaker_openings (provider, epoch, opened_at) VALUES ($1, 1, clock_timestamp())`,
    [provider, probeInMs],
  );
}

async function openedEvent({ notificationId }: Given): Promise<Record<string, unknown> | undefined> {
  const { rows } = await pool.query<{ detail: Record<string, unknown> }>(
    "SELECT detail FROM timeline_events WHERE notification_id = $1 AND type = 'attempt_opened'",
    [notificationId],
  );
  return rows[0]?.detail;
}

const HOUR = 3_600_000;

const someFacts = fc.array(
  fc.record({
    paused: fc.constantFrom(false, false, true),
    breaker: fc.constantFrom("closed" as const, "open" as const, "probe" as const),
    refused: fc.constantFrom(false, false, true),
    setbacks: fc.nat(2),
    againInMs: fc.constantFrom(null, -HOUR, HOUR),
  }),
  { minLength: 1, maxLength: 4, size: "max" },
);

type Drawn = typeof someFacts extends fc.Arbitrary<infer Facts> ? Facts : never;
const AT_ONCE = 10;

/** Facts as the domain has them, and the rows that say the same. */
async function givenFacts(drawn: Drawn, doubted: number, guarantee: Guarantee) {
  const given = await givenDelivery({ guarantee, attempts: 1 });
  const ids = names(drawn.length);
  const facts = drawn.map(({ againInMs, ...one }, index): ProviderFacts => {
    const unheard = againInMs === null && !one.refused && one.setbacks === 0;
    return {
      ...one,
      provider: ids[index] ?? "",
      calls: 3,
      againAt: unheard ? null : new Date(Date.now() + (againInMs ?? -HOUR)),
      inDoubt: index === doubted,
    };
  });
  await Promise.all(
    facts.flatMap(({ provider, paused, breaker, refused, setbacks, againAt }) => [
      pool.query("INSERT INTO provider_controls (provider, paused) VALUES ($1, $2)", [provider, paused]),
      ...(breaker === "closed" ? [] : [openBreaker(provider, breaker === "open" ? HOUR : -HOUR)]),
      ...(againAt === null
        ? []
        : [
            pool.query("INSERT INTO provider_setbacks VALUES ($1, $2, $3, 3, $4, $5)", [
              ...[given.deliveryId, provider, refused, setbacks, againAt],
            ]),
          ]),
    ]),
  );
  await pool.query(
    `INSERT INTO attempts (id, delivery_id, number, generation, provider, opened_at, closed_at, outcome)
     VALUES ($1, $2, 1, 0, $3, now(), now(), 'unknown')`,
    [randomUUID(), given.deliveryId, ids[doubted] ?? "nobody"],
  );
  return { given, facts };
}

describe("the gate", () => {
  it("chooses as the rule in the domain does, whatever the facts", { timeout: 60_000 }, async () => {
    const cases = fc.sample(fc.tuple(someFacts, fc.nat(7), fc.constantFrom(...GUARANTEES)), { numRuns: 160, seed: 7 });
    const verdicts = new Set<string>();
    // Names of their own keep them apart, so that some can run at once.
    for (let done = 0; done < cases.length; done += AT_ONCE) {
      await Promise.all(
        cases.slice(done, done + AT_ONCE).map(async ([drawn, doubted, guarantee]) => {
          const { given, facts } = await givenFacts(drawn, doubted, guarantee);
          const choice = chooseProvider(facts, guarantee, new Date());
          const expected =
            choice.kind === "none"
              ? { verdict: choice.why }
              : { verdict: "open", provider: choice.probe ?? choice.provider, probe: choice.probe !== null };
          const ids = facts.map(({ provider }) => provider);
          expect({ facts, guarantee, gate: await open(given, ids) }).toMatchObject({ gate: expected });
          verdicts.add(expected.verdict);
        }),
      );
    }
    expect([...verdicts].toSorted()).toEqual(["no_provider", "not_ready", "open", "paused"]);
  });

  it("says in the timeline why the first was passed over", async () => {
    const [a = "", b = "", c = ""] = names(3);
    await openBreaker(a, HOUR);
    await createControls(pool).setProvider(b, { paused: true, ratePerSecond: null }, { actor: "test", client: null });
    const given = await givenDelivery();
    expect(await open(given, [a, b, c])).toMatchObject({ verdict: "open", provider: c });
    expect(await openedEvent(given)).toMatchObject({
      provider: c,
      passedOver: [
        { provider: a, reason: "breaker_open" },
        { provider: b, reason: "paused" },
      ],
    });
    const plain = await givenDelivery();
    await open(plain, [c, a]);
    expect(await openedEvent(plain)).not.toHaveProperty("passedOver");
  });

  it("says when to come back, where everybody is broken", async () => {
    const [a = "", b = ""] = names(2);
    await openBreaker(a, 20_000);
    await openBreaker(b, 10_000);
    const gate = await open(await givenDelivery(), [a, b]);
    if (gate.verdict === "open") throw new Error("it opened");
    expect(gate.verdict).toBe("not_ready");
    expect(gate.readyInMs).toBeGreaterThan(5_000);
    expect(gate.readyInMs).toBeLessThanOrEqual(10_000);
  });

  it("asks the others after a refusal, and gives up once each has refused", async () => {
    const [a = "", b = ""] = names(2);
    const ledger = createDeliveryAttempts(pool);
    const given = await givenDelivery();
    const refuse = async (attempts: number, setback: boolean) => {
      const attemptId = randomUUID();
      const gate = await open({ ...given, attempts }, [a, b], attemptId);
      const next = { retryInMs: 0, setback: { refused: true, setback, againInMs: 0 } };
      const { deliveryId } = given;
      const closing = {
        attemptId,
        deliveryId,
        outcome: "permanent",
        code: "x",
        providerMessageId: null,
        next,
      } as const;
      expect(await ledger.close(closing)).toMatchObject({ delivery: "sending" });
      return gate;
    };
    expect(await refuse(0, true)).toMatchObject({ provider: a });
    expect(await refuse(1, true)).toMatchObject({ provider: b });
    expect(await open({ ...given, attempts: 2 }, [a, b])).toMatchObject({ verdict: "no_provider" });
  });
});

describe("the breaker of a provider", () => {
  const breakers = () => createProviderBreakers(pool);
  const count = (provider: string, calls: number, failures: number, epoch = 0) =>
    breakers().count({ provider, epoch, calls, failures });

  async function givenBreaker(): Promise<string> {
    const [provider = ""] = names(1);
    await breakers().ensure(provider);
    return provider;
  }

  it("opens when half of a window's calls have failed, and not before there are five", async () => {
    const provider = await givenBreaker();
    expect(await count(provider, 4, 3)).toBeNull();
    expect(await count(provider, 5, 1)).toBeNull();
    expect(await count(provider, 1, 1)).toEqual({ calls: 10, failures: 5 });
    // What began before says what is known already.
    expect(await count(provider, 9, 9)).toBeNull();
  });

  it("opens when five have failed in a row, however long that took", async () => {
    const provider = await givenBreaker();
    for (let failure = 0; failure < 4; failure++) {
      expect(await count(provider, 1, 1)).toBeNull();
      await pool.query("UPDATE provider_breakers SET window_at = now() - interval '1 hour' WHERE provider = $1", [
        provider,
      ]);
    }
    expect(await count(provider, 1, 1)).not.toBeNull();
  });

  it("opens once, whatever number of workers tell it", async () => {
    const provider = await givenBreaker();
    const told = await Promise.all(Array.from({ length: 20 }, () => count(provider, 5, 5)));
    expect(told.filter((opened) => opened !== null)).toHaveLength(1);
  });

  it("lets one of many racers probe, and the others go to the standby", async () => {
    const [broken = "", standby = ""] = names(2);
    await openBreaker(broken, -1);
    const given = await Promise.all(Array.from({ length: 15 }, () => givenDelivery()));
    const gates = await Promise.all(given.map((delivery) => open(delivery, [broken, standby])));
    const takers = gates.map((gate) => (gate.verdict === "open" ? gate.provider : gate.verdict));
    expect(takers.filter((taker) => taker === broken)).toHaveLength(1);
    expect(takers.filter((taker) => taker === standby)).toHaveLength(14);
  });

  it("lets one of many racers probe, and the others wait where there is no standby", async () => {
    const [broken = ""] = names(1);
    await openBreaker(broken, -1);
    const given = await Promise.all(Array.from({ length: 15 }, () => givenDelivery()));
    const gates = await Promise.all(given.map((delivery) => open(delivery, [broken])));
    // Nobody knows how long the probe takes.
    expect(gates.find(({ verdict }) => verdict === "not_ready")).toMatchObject({ readyInMs: null });
    expect(gates.map(({ verdict }) => verdict).toSorted()).toEqual([...Array<string>(14).fill("not_ready"), "open"]);
  });

  it("passes the probe on when its lease ends, and then does not listen to the first prober any more", async () => {
    const [broken = ""] = names(1);
    await openBreaker(broken, -1);
    const [first, second] = [randomUUID(), randomUUID()];
    expect(await open(await givenDelivery(), [broken], first)).toMatchObject({ verdict: "open", probe: true });
    expect(await open(await givenDelivery(), [broken])).toMatchObject({ verdict: "not_ready" });
    await pool.query("UPDATE provider_breakers SET probe_at = now() WHERE provider = $1", [broken]);
    expect(await open(await givenDelivery(), [broken], second)).toMatchObject({ verdict: "open", probe: true });
    expect(await breakers().endProbe(broken, first, "working")).toBeNull();
    expect(await breakers().endProbe(broken, second, "failing")).toEqual({ closed: false });
    expect(await open(await givenDelivery(), [broken])).toMatchObject({ verdict: "not_ready" });
  });

  it("closes when a probe works, and counts anew", async () => {
    const [broken = ""] = names(1);
    await openBreaker(broken, -1);
    const attemptId = randomUUID();
    await open(await givenDelivery(), [broken], attemptId);
    expect(await breakers().endProbe(broken, attemptId, "working")).toEqual({ closed: true });
    expect(await open(await givenDelivery(), [broken])).toMatchObject({ verdict: "open", probe: false, epoch: 2 });
    // Calls that hung while it was open fail now, and say nothing new.
    expect(await count(broken, 9, 9, 0)).toBeNull();
    expect(await count(broken, 5, 5, 2)).not.toBeNull();
  });

  it("lets the next attempt probe where one has said nothing of the provider", async () => {
    const [broken = ""] = names(1);
    await openBreaker(broken, -1);
    const attemptId = randomUUID();
    await open(await givenDelivery(), [broken], attemptId);
    await breakers().endProbe(broken, attemptId, "released");
    expect(await open(await givenDelivery(), [broken])).toMatchObject({ verdict: "open", probe: true });
  });

  it("counts as time in which retries go on, unlike the pauses of all providers", async () => {
    const [a = "", b = ""] = names(2);
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR);
    const opened = (provider: string, from: number, to: number | null) =>
      pool.query("INSERT INTO breaker_openings VALUES ($1, $2, $3, $4)", [
        ...[provider, from, hoursAgo(from), to === null ? null : hoursAgo(to)],
      ]);
    const paused = (provider: string, from: number, to: number | null) =>
      pool.query("INSERT INTO pauses (scope, name, started_at, ended_at) VALUES ('provider', $1, $2, $3)", [
        ...[provider, hoursAgo(from), to === null ? null : hoursAgo(to)],
      ]);
    await opened(a, 10, null);
    await paused(a, 5, 4);
    await paused(a, 2, null);
    await paused(b, 3, 1);
    const pausedMs = (providers: string[]) => createControls(pool).pausedMs("email", providers, hoursAgo(9));
    expect((await pausedMs([a])) / HOUR).toBeCloseTo(3, 2);
    // Together: from two hours ago to one.
    expect((await pausedMs([a, b])) / HOUR).toBeCloseTo(1, 2);
  });
});
