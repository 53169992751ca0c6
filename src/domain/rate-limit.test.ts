import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { earliestIn, earliestInAll, rateLimitsSchema, type Window, windowsFor } from "./rate-limit.ts";

const windowOf = (max: number, perMs: number): Window => ({ name: "w", max, perMs });

/** The most bookings that any half-open interval of this length holds. */
function busiest(bookings: readonly number[], perMs: number): number {
  return Math.max(0, ...bookings.map((from) => bookings.filter((at) => at >= from && at < from + perMs).length));
}

const window = fc.record({ max: fc.integer({ min: 1, max: 4 }), perMs: fc.integer({ min: 1, max: 12 }) });
const sorted = (times: readonly number[]) => times.toSorted((a, b) => a - b);

/** Bookings that the window allows, some ahead of each other's time. */
const allowed = fc
  .tuple(window, fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 }))
  .map(([{ max, perMs }, wishes]) => {
    const taken: number[] = [];
    for (const wish of wishes) taken.push(earliestIn(windowOf(max, perMs), sorted(taken), wish));
    return { window: windowOf(max, perMs), taken: sorted(taken) };
  });

describe("a sliding window", () => {
  it("never holds more than it may, in any interval, whatever was asked in whatever order", () => {
    fc.assert(fc.property(allowed, ({ window: { max, perMs }, taken }) => busiest(taken, perMs) <= max));
  });

  it("gives the earliest time that is free", () => {
    fc.assert(
      fc.property(allowed, fc.integer({ min: 0, max: 60 }), ({ window: of, taken }, from) => {
        const at = earliestIn(of, taken, from);
        const fits = (time: number) => busiest([...taken, time], of.perMs) <= of.max;
        expect(fits(at)).toBe(true);
        for (let earlier = from; earlier < at; earlier++) expect([earlier, fits(earlier)]).toEqual([earlier, false]);
      }),
    );
  });

  it("agrees with others, and with hours in which nothing may be sent", () => {
    const evenHours = (time: number) => (Math.floor(time / 5) % 2 === 0 ? time : Math.ceil((time + 1) / 5) * 5);
    fc.assert(
      fc.property(fc.array(allowed, { minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 40 }), (all, from) => {
        const at = earliestInAll(all, from, evenHours);
        const fits = (time: number) =>
          evenHours(time) === time &&
          all.every(({ window: of, taken }) => busiest([...taken, time], of.perMs) <= of.max);
        expect(fits(at)).toBe(true);
        for (let earlier = from; earlier < at; earlier++) expect([earlier, fits(earlier)]).toEqual([earlier, false]);
      }),
    );
  });
});

describe("windowsFor", () => {
  const limits = [
    { max: 5, per: "1h", scope: "category:orders" },
    { max: 1, per: "1d", channel: "sms" as const, scope: "category:orders" },
    { max: 2, per: "1d", channel: "push" as const, scope: "all" },
  ];

  it("binds the whole by what holds for all of its channels, and a channel by its own", () => {
    const { whole, parts } = windowsFor(limits, ["fcm", "sms"]);
    expect(whole).toEqual([{ name: "category:orders//3600000", max: 5, perMs: 3_600_000 }]);
    expect(parts).toEqual([
      { channels: ["sms"], window: { name: "category:orders/sms/86400000", max: 1, perMs: 86_400_000 } },
      { channels: ["fcm"], window: { name: "all/push/86400000", max: 2, perMs: 86_400_000 } },
    ]);
  });

  it("binds the whole by a channel's limit where it goes nowhere else", () => {
    expect(windowsFor(limits, ["sms"]).whole.map(({ max }) => max)).toEqual([5, 1]);
    expect(windowsFor(limits, ["email"])).toMatchObject({ whole: [{ max: 5 }], parts: [] });
  });

  it("keeps a window's name when its maximum changes", () => {
    const names = [3, 9].map((max) => windowsFor([{ max, per: "60m", scope: "all" }], ["sms"]).whole[0]?.name);
    expect(names).toEqual(["all//3600000", "all//3600000"]);
  });
});

describe("rateLimitsSchema", () => {
  it.each([
    [[{ max: 1.5, per: "1h" }]],
    [[{ max: 1, per: "0s" }]],
    [[{ max: 1, per: "1h", channel: "fax" }]],
    [[{ max: 1, per: "1h", burst: 2 }]],
    [[{ per: "1h" }]],
  ])("refuses %j", (limits) => expect(rateLimitsSchema.safeParse(limits).success).toBe(false));
});
