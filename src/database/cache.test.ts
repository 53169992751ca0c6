import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCache } from "./cache.ts";

/** A cache whose loads end when the test says so, on a clock that the test moves. */
function given({ max = 10, freshForMs = 1_000 } = {}) {
  let now = 0;
  const loads: { key: string; answer: (value: { of: string } | null) => void; fail: (error: Error) => void }[] = [];
  const results: string[] = [];
  const cache = createCache<{ of: string }>({
    max,
    load: (key) => new Promise((answer, fail) => loads.push({ key, answer, fail })),
    freshness: { now: () => now, isFresh: (readAt) => now - readAt <= freshForMs },
    counted: (result) => results.push(result),
  });
  return { cache, loads, results, pass: (ms: number) => (now += ms) };
}

async function kept(setUp: ReturnType<typeof given>, key: string, of = key) {
  const asked = setUp.cache.get(key);
  setUp.loads.at(-1)?.answer({ of });
  return asked;
}

describe("a cache", () => {
  it("loads once for all who ask at once, and answers from memory afterwards", async () => {
    const setUp = given();
    const asked = [setUp.cache.get("a"), setUp.cache.get("a"), setUp.cache.get("a")];
    setUp.loads[0]?.answer({ of: "a" });
    expect(await Promise.all(asked)).toEqual([{ of: "a" }, { of: "a" }, { of: "a" }]);
    expect(await setUp.cache.get("a")).toEqual({ of: "a" });
    expect(setUp.loads).toHaveLength(1);
    expect(setUp.results).toEqual(["miss", "miss", "miss", "hit"]);
  });

  it("loads again what is not fresh any more", async () => {
    const setUp = given();
    await kept(setUp, "a", "old");
    setUp.pass(1_001);
    expect(await kept(setUp, "a", "new")).toEqual({ of: "new" });
  });

  it("joins no load that began too long ago", async () => {
    const setUp = given();
    const first = setUp.cache.get("a");
    setUp.pass(1_001);
    const second = setUp.cache.get("a");
    setUp.loads[1]?.answer({ of: "new" });
    setUp.loads[0]?.answer({ of: "old" });
    expect([await first, await second, await setUp.cache.get("a")]).toEqual([
      { of: "old" },
      { of: "new" },
      { of: "new" },
    ]);
  });

  it.each(["forget", "forgetAll"] as const)("does not keep what was being loaded at a %s", async (forget) => {
    const setUp = given();
    const before = setUp.cache.get("a");
    setUp.cache[forget]("a");
    const after = setUp.cache.get("a");
    setUp.loads[1]?.answer({ of: "new" });
    setUp.loads[0]?.answer({ of: "old" });
    expect([await before, await after, await setUp.cache.get("a")]).toEqual([
      { of: "old" },
      { of: "new" },
      { of: "new" },
    ]);
  });

  it("keeps neither failures nor what is not there", async () => {
    const setUp = given();
    const failing = setUp.cache.get("a");
    setUp.loads[0]?.fail(new Error("away"));
    await expect(failing).rejects.toThrow("away");
    const missing = setUp.cache.get("a");
    setUp.loads[1]?.answer(null);
    expect(await missing).toBeNull();
    expect(await kept(setUp, "a")).toEqual({ of: "a" });
  });

  it("is bounded", async () => {
    const setUp = given({ max: 2 });
    for (const key of ["a", "b", "a", "c"]) {
      const asked = setUp.cache.get(key);
      setUp.loads.at(-1)?.answer({ of: key });
      await asked;
    }
    await setUp.cache.get("a");
    void setUp.cache.get("b");
    expect(setUp.loads.map(({ key }) => key)).toEqual(["a", "b", "c", "b"]);
  });

  it("never answers what a change that it was told of has overtaken, in whatever order things happen", async () => {
    const steps = fc.array(fc.constantFrom("ask", "change", "answer first", "answer last"), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const setUp = given({ freshForMs: Number.POSITIVE_INFINITY });
        let version = 0;
        const asked: { at: number; value: Promise<{ of: string } | null> }[] = [];
        // A load reads the version of its beginning.
        const readAt = new Map<unknown, number>();
        for (const step of sequence) {
          const loads = setUp.loads;
          if (step === "ask") {
            asked.push({ at: version, value: setUp.cache.get("k") });
            await Promise.resolve();
            for (const load of loads) if (!readAt.has(load)) readAt.set(load, version);
          } else if (step === "change") {
            version++;
            setUp.cache.forget("k");
          } else {
            const load = step === "answer first" ? loads[0] : loads.at(-1);
            load?.answer({ of: String(readAt.get(load)) });
            await Promise.resolve();
          }
        }
        for (const load of setUp.loads) load.answer({ of: String(readAt.get(load)) });
        for (const { at, value } of asked) expect(Number((await value)?.of)).toBeGreaterThanOrEqual(at);
      }),
      { numRuns: 300 },
    );
  });
});
