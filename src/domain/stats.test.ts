import { describe, expect, it } from "vitest";
import { daysBetween } from "./stats.ts";

describe("the days of a range", () => {
  it.each([
    ["2026-11-25", "2026-11-25", 1],
    ["2026-11-24", "2026-11-25", 2],
    // Clocks change in between where people live, and not in UTC.
    ["2026-01-01", "2026-12-31", 365],
    ["2028-01-01", "2028-12-31", 366],
    ["2026-11-25", "2026-11-24", 0],
  ])("from %s to %s are %i", (from, to, days) => {
    expect(daysBetween(from, to)).toBe(days);
  });
});
