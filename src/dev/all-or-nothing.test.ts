import { describe, expect, it } from "vitest";
import { allOrNothing } from "./all-or-nothing.ts";

describe("allOrNothing", () => {
  it("gives every result", async () => {
    expect(await allOrNothing(new AbortController(), [Promise.resolve(1), Promise.resolve("b")])).toEqual([1, "b"]);
  });

  it("tells the others to end at the first failure, and waits for them", async () => {
    const end = new AbortController();
    let tidied = false;
    const other = new Promise<void>((resolve) => {
      end.signal.addEventListener("abort", () => {
        setImmediate(() => {
          tidied = true;
          resolve();
        });
      });
    });
    await expect(allOrNothing(end, [Promise.reject(new Error("no")), other])).rejects.toThrow("no");
    expect(tidied).toBe(true);
  });
});
