import fc from "fast-check";
import { DateTime } from "luxon";
import { describe, expect, it } from "vitest";
import { type QuietHours, quietHoursFor, quietHoursSchema, quietUntil } from "./quiet-hours.ts";

const night: QuietHours = { from: "22:00", to: "08:00" };
const until = (at: string, hours: QuietHours | null, zone: string | null) =>
  quietUntil(new Date(at), hours, zone)?.toISOString() ?? null;

describe("quietUntil", () => {
  it.each([
    ["2026-06-10T19:59:59Z", null],
    ["2026-06-10T20:00:00Z", "2026-06-11T06:00:00.000Z"],
    ["2026-06-11T05:59:59Z", "2026-06-11T06:00:00.000Z"],
    ["2026-06-11T06:00:00Z", null],
  ])("at %s, in Berlin from 22:00 to 08:00, says %s", (at, end) => {
    expect(until(at, night, "Europe/Berlin")).toBe(end);
  });

  it("counts hours within one day too", () => {
    const noon = { from: "12:00", to: "13:30" };
    expect(until("2026-06-10T03:10:00Z", noon, "Asia/Seoul")).toBe("2026-06-10T04:30:00.000Z");
    expect(until("2026-06-10T04:30:00Z", noon, "Asia/Seoul")).toBeNull();
  });

  it("begins on the named days only, and ends when it ends", () => {
    const weekend: QuietHours = { ...night, days: ["fri", "sat"] };
    expect(until("2026-06-12T23:00:00Z", weekend, "UTC")).toBe("2026-06-13T08:00:00.000Z");
    // Sunday morning still belongs to Saturday's night, Sunday night does not.
    expect(until("2026-06-14T05:00:00Z", weekend, "UTC")).toBe("2026-06-14T08:00:00.000Z");
    expect(until("2026-06-14T23:00:00Z", weekend, "UTC")).toBeNull();
  });

  it("goes through periods that touch", () => {
    const almostAlways: QuietHours = { from: "08:00", to: "07:59", days: ["mon", "tue"] };
    expect(until("2026-06-08T12:00:00Z", almostAlways, "UTC")).toBe("2026-06-09T07:59:00.000Z");
  });

  it("is in UTC where the zone is not known, and never quiet without hours", () => {
    for (const zone of [null, "Mars/Olympus_Mons", "UTC"])
      expect(until("2026-06-10T23:00:00Z", night, zone)).toBe("2026-06-11T08:00:00.000Z");
    expect(until("2026-06-10T23:00:00Z", null, "UTC")).toBeNull();
  });

  it("begins with the first and ends with the second of two equal times, and a skipped time is the skip", () => {
    // Clocks in New York go back from 02:00 to 01:00 on 1 November 2026, and on from 02:00 to 03:00 on 8 March.
    const doubled = { from: "01:30", to: "01:45" };
    expect(until("2026-11-01T05:30:00Z", doubled, "America/New_York")).toBe("2026-11-01T06:45:00.000Z");
    expect(until("2026-11-01T06:45:00Z", doubled, "America/New_York")).toBeNull();
    const skipped = { from: "00:30", to: "02:30" };
    expect(until("2026-03-08T06:00:00Z", skipped, "America/New_York")).toBe("2026-03-08T07:00:00.000Z");
  });

  const changes = Intl.supportedValuesOf("timeZone").flatMap((zone) =>
    changesOf(zone, 2026).map((change) => ({ zone, change })),
  );

  it("agrees with another library around every change of clocks in every zone", () => {
    for (const { zone, change } of changes) {
      for (const minutes of [-1_500, -725, -61, -1, 0, 1, 59, 61, 725, 1_500]) {
        const at = new Date(change + minutes * 60_000);
        expect([zone, at, quietUntil(at, night, zone)]).toEqual([zone, at, expected(at, night, zone)]);
      }
    }
    expect(changes.length).toBeGreaterThan(100);
  });

  it("agrees with another library on any hours and days, around any change of clocks", () => {
    const quarters = fc
      .nat(95)
      .map((n) => `${String(Math.floor(n / 4)).padStart(2, "0")}:${String((n % 4) * 15).padStart(2, "0")}`);
    const days = fc.option(fc.subarray([...WEEKDAYS], { minLength: 1 }), { nil: undefined });
    const hours = fc.record({ from: quarters, to: quarters, days }).filter(({ from, to }) => from !== to);
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        fc.integer({ min: -120, max: 120 }),
        hours,
        ({ zone, change }, n, of) => {
          const at = new Date(change + n * QUARTER);
          const { days: named, ...times } = of;
          const asked = named === undefined ? times : { ...times, days: named };
          expect([zone, at, quietUntil(at, asked, zone)]).toEqual([zone, at, quietByWallClock(at, asked, zone)]);
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** The wall clock of another library, minute by minute: quiet from 22:00 on or before 08:00. */
function expected(at: Date, { from, to }: QuietHours, zone: string): Date | null {
  const isQuiet = (moment: DateTime) => moment.toFormat("HH:mm") >= from || moment.toFormat("HH:mm") < to;
  let moment = DateTime.fromJSDate(at, { zone });
  if (!isQuiet(moment)) return null;
  // No zone changes its clocks between 07:00 and 08:59, so the end is that hour of this day or the next.
  moment = moment.hour >= 22 ? moment.plus({ days: 1 }) : moment;
  return moment.set({ hour: 8, minute: 0, second: 0, millisecond: 0 }).toJSDate();
}

const QUARTER = 15 * 60_000;
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/**
 * The same by looking at another library's wall clock each quarter of an hour, to which all offsets of today round:
 * a period begins as the clock first shows its beginning or more. It ends as the clock last shows its end, or, where it
 * skips that, after it last shows less.
 */
function quietByWallClock(at: Date, { from, to, days }: QuietHours, zone: string): Date | null {
  const walls = Array.from({ length: 7 * 96 }, (_, n) => {
    const moment = at.getTime() + (n - 3 * 96) * QUARTER;
    return { moment, wall: DateTime.fromMillis(moment, { zone }).toFormat("yyyy-MM-dd'T'HH:mm") };
  });
  // At noon, since another hour may be skipped on the day before or after, and lead to the wrong one.
  const today = DateTime.fromJSDate(at, { zone }).set({ hour: 12 });
  const periods = [-2, -1, 0, 1, 2].flatMap((ahead) => {
    const day = today.plus({ days: ahead });
    if (days !== undefined && !days.includes(WEEKDAYS[day.weekday - 1] ?? "mon")) return [];
    const date = day.toISODate();
    const endDate = from < to ? date : day.plus({ days: 1 }).toISODate();
    const begin = walls.find(({ wall }) => wall >= `${date}T${from}`)?.moment ?? Infinity;
    const last = walls.findLast(({ wall }) => wall <= `${endDate}T${to}`) ?? { moment: -Infinity, wall: "" };
    const end = last.wall === `${endDate}T${to}` ? last.moment : last.moment + QUARTER;
    return [{ begin, end }];
  });
  let until = at.getTime();
  for (;;) {
    const period = periods.find(({ begin, end }) => begin <= until && until < end);
    if (period === undefined) return until === at.getTime() ? null : new Date(until);
    until = period.end;
  }
}

/** The moments of a year at which the zone's offset changes, in milliseconds. */
function changesOf(zone: string, year: number): number[] {
  const offsetAt = (at: number) => DateTime.fromMillis(at, { zone }).offset;
  const changes = [];
  const day = 86_400_000;
  for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += day) {
    if (offsetAt(at) === offsetAt(at + day)) continue;
    let [low, high] = [at, at + day];
    while (high - low > 60_000) {
      const middle = low + Math.floor((high - low) / 120_000) * 60_000;
      if (offsetAt(middle) === offsetAt(low)) low = middle;
      else high = middle;
    }
    changes.push(high);
  }
  return changes;
}

describe("quietHoursFor", () => {
  const own = { from: "12:00", to: "13:00" };
  const rules = (quietHours: "hold" | "ignore" | QuietHours, user: QuietHours | null, all: QuietHours | null) => ({
    category: { quietHours },
    preferences: { quietHours: user },
    settings: { quietHours: all },
  });

  it("are the category's, else the user's, else everybody's", () => {
    expect(quietHoursFor(rules(own, night, night))).toEqual(own);
    expect(quietHoursFor(rules("hold", own, night))).toEqual(own);
    expect(quietHoursFor(rules("hold", null, night))).toEqual(night);
    expect(quietHoursFor(rules("hold", null, null))).toBeNull();
    expect(quietHoursFor(rules("ignore", night, night))).toBeNull();
  });
});

describe("quietHoursSchema", () => {
  it.each([
    { from: "22:00" },
    { from: "22:00", to: "22:00" },
    { from: "24:00", to: "08:00" },
    { from: "22", to: "08:00" },
    { from: "22:00", to: "08:00", days: ["monday"] },
    { from: "22:00", to: "08:00", days: ["mon", "mon"] },
  ])("refuses %j", (hours) => expect(quietHoursSchema.safeParse(hours).success).toBe(false));
});
