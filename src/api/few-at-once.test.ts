import { describe, expect, it } from "vitest";
import { fewAtOnce, TooManyWaiting } from "./few-at-once.ts";

describe("few at once", () => {
  it("lets so many run, the others in their order, and turns away whom it cannot let wait", async () => {
    const inTurn = fewAtOnce({ atOnce: 2, maxWaiting: 3 });
    const begun: number[] = [];
    const ends = Array.from({ length: 6 }, () => Promise.withResolvers<number>());
    const results = ends.map(({ promise }, index) =>
      inTurn(() => {
        begun.push(index);
        return promise;
      }),
    );
    await expect(results[5]).rejects.toThrow(TooManyWaiting);
    expect(begun).toEqual([0, 1]);
    for (const [index, { resolve, reject }] of ends.entries()) {
      // One that fails gives its place back as well.
      if (index === 1) reject(new Error("failed"));
      else resolve(index);
    }
    const settled = await Promise.allSettled(results.slice(0, 5));
    expect(settled.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
      "fulfilled",
    ]);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    expect(await inTurn(() => Promise.resolve("free again"))).toBe("free again");
  });
});
