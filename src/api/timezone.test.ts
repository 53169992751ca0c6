import { describe, expect, it } from "vitest";
import { isKnownTimezone } from "./timezone.ts";

describe("isKnownTimezone", () => {
  it.each(["Asia/Seoul", "Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires", "Asia/Calcutta", "Etc/GMT+5"])(
    "knows %s",
    (name) => expect(isKnownTimezone(name)).toBe(true),
  );
  it.each(["", "+09:00", "Asia/Nowhere", "Asia/Seoul\n", "constructor", "9", "A".repeat(100)])("refuses %j", (name) =>
    expect(isKnownTimezone(name)).toBe(false),
  );
});
