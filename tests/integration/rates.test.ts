import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createControls } from "../../src/database/controls.ts";
import { createRateLeases } from "../../src/database/rate-leases.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";

const PER_SECOND = 10;
const SENDS = 30;

let system: System;

beforeAll(async () => {
  system = await startSystem({ workers: 2 });
  await seed(system);
});

afterAll(() => system.stop());

describe.each(["/v1/providers/smtp", "/v1/channels/email"])("a rate of %s", (path) => {
  afterEach(() => ok(system.call("PUT", path, {})));

  it(`makes ${SENDS} calls of two workers take as long as ${PER_SECOND} a second take, and loses none`, async () => {
    await ok(system.call("PUT", path, { ratePerSecond: PER_SECOND }));
    const begunAt = Date.now();
    const requests = Array.from({ length: SENDS }, (_, index) => order(`${path}-${index}`, { category: "letters" }));
    const accepted = await Promise.all(
      requests.map((request) => ok(system.call<Notification>("POST", "/v1/notifications", request))),
    );
    for (const { id } of accepted) expect((await system.finished(id, 60_000)).status).toBe("sent");
    const times = accepted.flatMap(({ id }) => system.messagesOf(id)).map(({ at }) => Date.parse(at));
    expect(times).toHaveLength(SENDS);
    expect(Math.max(...times) - begunAt).toBeGreaterThanOrEqual(((SENDS - 1) / PER_SECOND) * 1_000);
  }, 90_000);
});

describe("leased time", () => {
  it("is handed out once, whoever asks at the same time", async () => {
    const leases = createRateLeases(system.pool);
    const starts = await Promise.all(Array.from({ length: 10 }, () => leases.lease("test:once", 10_000, 600_000)));
    const sorted = starts.map((start) => start ?? Number.NaN).toSorted((a, b) => a - b);
    for (const [index, start] of sorted.entries()) {
      if (index > 0) expect(start - (sorted[index - 1] ?? 0)).toBeGreaterThan(0);
    }
    // Ten slices of 10 s lie one behind the other, however long the asking took.
    expect(await leases.lease("test:once", 10_000, 0)).toBeNull();
  });

  it("is refused beyond the horizon, and nothing is taken then", async () => {
    const leases = createRateLeases(system.pool);
    expect(await leases.lease("test:horizon", 60_000, 1_000)).toBe(0);
    expect(await leases.lease("test:horizon", 60_000, 1_000)).toBeNull();
    expect(await leases.lease("test:horizon", 60_000, 3_600_000)).toBeLessThanOrEqual(60_000);
  });
});

describe("held time", () => {
  const HOUR = 3_600_000;
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR);
  const givenPause = (scope: string, name: string, from: number, to: number | null) =>
    system.pool.query("INSERT INTO pauses (scope, name, started_at, ended_at) VALUES ($1, $2, $3, $4)", [
      scope,
      name,
      hoursAgo(from),
      to === null ? null : hoursAgo(to),
    ]);
  const heldHours = async (since: number) =>
    Math.round(((await createControls(system.pool).pausedMs("sms", ["one", "two"], hoursAgo(since))) / HOUR) * 100) /
    100;

  it("is when the channel was paused, or all its providers were at the same time", async () => {
    expect(await heldHours(48)).toBe(0);
    await givenPause("channel", "sms", 30, 28);
    await givenPause("channel", "email", 20, 10);
    expect(await heldHours(48)).toBe(2);
    expect(await heldHours(29)).toBe(1);
    await givenPause("provider", "one", 29, 20);
    expect(await heldHours(48)).toBe(2);
    await givenPause("provider", "two", 25, 22);
    expect(await heldHours(48)).toBe(5);
    await givenPause("channel", "sms", 1, null);
    expect(await heldHours(48)).toBe(6);
  });

  it("is recorded by the switches", async () => {
    const before = new Date();
    const held = () => createControls(system.pool).pausedMs("apns", ["apns"], before);
    await ok(system.call("PUT", "/v1/channels/apns", { paused: true }));
    await ok(system.call("PUT", "/v1/channels/apns", { paused: true, ratePerSecond: 5 }));
    await ok(system.call("PUT", "/v1/channels/apns", { paused: false }));
    const first = await held();
    expect(first).toBeGreaterThan(0);
    expect(await held()).toBe(first);
    await ok(system.call("PUT", "/v1/providers/apns", { paused: true }));
    await ok(system.call("PUT", "/v1/providers/apns", {}));
    expect(await held()).toBeGreaterThan(first);
  });
});
