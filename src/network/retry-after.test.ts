import { expect, it } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

const NOW = new Date("2026-11-22T12:00:00Z");

it.each([
  ["7", 7_000],
  ["0", 0],
  ["172800", 3_600_000],
  ["9".repeat(400), 3_600_000],
  ["Tue, 24 Nov 2026 12:00:00 GMT", 3_600_000],
  ["Sun, 22 Nov 2026 12:01:00 GMT", 60_000],
  ["Sun, 22 Nov 2026 11:59:00 GMT", undefined],
  ["soon", undefined],
  ["", undefined],
  [undefined, undefined],
  [7, undefined],
])("reads %s as %s ms", (header, ms) => {
  expect(retryAfterMs(header, NOW)).toBe(ms);
});
