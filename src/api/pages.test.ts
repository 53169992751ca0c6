import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ApiError } from "./errors.ts";
import { decodeCursor, decodeTimedCursor, encodeCursor, pageOf, pageQuerySchema, timedKey } from "./pages.ts";

describe("pages", () => {
  const view = (row: string) => row.toUpperCase();

  it("has a cursor exactly where there is more", () => {
    expect(pageOf(["a", "b", "c"], 2, String, view)).toEqual({ items: ["A", "B"], nextCursor: encodeCursor("b") });
    expect(pageOf(["a", "b"], 2, String, view)).toEqual({ items: ["A", "B"], nextCursor: null });
    expect(pageOf([], 2, String, view)).toEqual({ items: [], nextCursor: null });
  });

  it("takes back the cursors that it gave out", () => {
    expect(decodeCursor(encodeCursor("kü"), z.string())).toBe("kü");
    expect(decodeCursor(undefined, z.string())).toBeNull();
  });

  it.each(["", "!!", "a", `${encodeCursor("ok")}=`])("refuses the cursor %j", (cursor) => {
    expect(() => decodeCursor(cursor, z.string().regex(/^ok$/))).toThrow(ApiError);
  });

  const ID = "01a2040f-9e20-74cb-8bd9-3f64defd24df";

  it("takes back places in time", () => {
    const position = { at: new Date("2026-11-22T16:21:02.118Z"), id: ID };
    expect(decodeTimedCursor(encodeCursor(timedKey(position)))).toEqual(position);
    expect(decodeTimedCursor(undefined)).toBeNull();
  });

  it.each([`2026-99-22T16:21:02.118Z ${ID}`, `soon ${ID}`, "2026-11-22T16:21:02.118Z", "2026-11-22T16:21:02.118Z x"])(
    "refuses the place %j",
    (key) => {
      expect(() => decodeTimedCursor(encodeCursor(key))).toThrow(ApiError);
    },
  );

  it("bounds the limit", () => {
    expect(pageQuerySchema.parse({})).toEqual({ limit: 50 });
    expect(pageQuerySchema.parse({ limit: "200" })).toEqual({ limit: 200 });
    for (const limit of ["0", "201", "-1", "x", "1.5", ""])
      expect(pageQuerySchema.safeParse({ limit }).success).toBe(false);
  });
});
