import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ApiError } from "./errors.ts";
import { fieldPath, parse } from "./validation.ts";

const schema = z.strictObject({
  to: z.strictObject({ userId: z.string() }),
  notifications: z.array(z.object({ data: z.record(z.string().regex(/^\w+$/), z.number()) })).optional(),
});

function errorsOf(value: unknown, within?: string) {
  try {
    parse(schema, value, within);
  } catch (error) {
    if (error instanceof ApiError) return error.options.errors;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("parse", () => {
  it("gives back what the schema makes", () => {
    expect(parse(z.string().transform(Number), "5")).toBe(5);
  });

  it("names every field that is wrong, by its path", () => {
    const value = {
      to: { userId: 5, name: "secret" },
      notifications: [{ data: {} }, { data: { a: "x", "b c": 1 } }],
      x: 1,
    };
    expect(errorsOf(value)?.map(({ field }) => field)).toEqual([
      "to.userId",
      "to.name",
      "notifications[1].data.a",
      'notifications[1].data["b c"]',
      "x",
    ]);
    expect(JSON.stringify(errorsOf(value))).not.toContain("secret");
  });

  it("names a bounded number", () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, 1]));
    expect(errorsOf({ to: { userId: "u" }, ...many })).toHaveLength(50);
  });

  it("starts paths where the value was found", () => {
    expect(errorsOf({}, "notifications[3]")).toMatchObject([{ field: "notifications[3].to" }]);
    expect(errorsOf("text")).toMatchObject([{ field: "body" }]);
  });
});

describe("fieldPath", () => {
  it("spells indexes and odd names in brackets", () => {
    expect(fieldPath(["a", 0, "b c", "d"])).toBe('a[0]["b c"].d');
    expect(fieldPath([])).toBe("body");
  });
});
