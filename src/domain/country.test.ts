import { describe, expect, it } from "vitest";
import { countryOf, countrySchema } from "./country.ts";

describe("countryOf", () => {
  it.each([
    ["+821012345678", "KR"],
    ["+4915112345678", "DE"],
    ["+12025550123", "US"],
    ["+16135550123", "CA"],
    ["+447700900123", "GB"],
    ["+883510001234567", null],
    ["+80012345678", null],
    ["nonsense", null],
  ])("of %s is %s", (phone, country) => expect(countryOf(phone)).toBe(country));
});

describe("countrySchema", () => {
  it.each(["KR", "DE", "US"])("takes %s", (code) => expect(countrySchema.safeParse(code).success).toBe(true));
  it.each(["kr", "KOR", "XX", "", "constructor", 82])("refuses %j", (code) =>
    expect(countrySchema.safeParse(code).success).toBe(false),
  );
});
