import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ApiError } from "./errors.ts";
import { decodeCursor, encodeCursor, pageOf, pageQuerySchema } from "./pages.ts";

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

  it("bounds the limit", () => {
    expect(pageQuerySchema.parse({})).toEqual({ limit: 50 });
    expect(pageQuerySchema.parse({ limit: "200" })).toEqual({ limit: 200 });
    for (const limit of ["0", "201", "-1", "x", "1.5", ""])
      expect(pageQuerySchema.safeParse({ limit }).success).toBe(false);
  });
});
