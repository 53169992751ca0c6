import type pg from "pg";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";

/** A key's limit, in milliseconds. */
export type CountedLimit = { max: number; perMs: number };
/** What is left of an interval once a request was counted. */
export type RequestCount = { admitted: boolean; remaining: number; resetMs: number };
export type RequestCounts = ReturnType<typeof createRequestCounts>;

/** The requests of keys that have a limit, counted for all processes together by one statement for each request. */
export function createRequestCounts(pool: pg.Pool) {
  // The library has the limit in the counter; keys with the same one share it, and their counts are rows of their own.
  const counters = new Map<string, RateLimiterPostgres>();

  function counterOf({ max, perMs }: CountedLimit): RateLimiterPostgres {
    const name = `${max}/${perMs}`;
    const counter =
      counters.get(name) ??
      new RateLimiterPostgres({
        storeClient: pool,
        storeType: "pool",
        tableName: "request_counts",
        tableCreated: true,
        // A row per key, written again and again: nothing piles up.
        clearExpiredByTimeout: false,
        keyPrefix: "",
        points: max,
        duration: perMs / 1_000,
      });
    counters.set(name, counter);
    return counter;
  }

  return {
    /** Counts a request with this key, and says whether it is within the limit. */
    async count(keyId: string, limit: CountedLimit): Promise<RequestCount> {
      const counted = await counterOf(limit)
        .consume(keyId)
        .then(
          (result) => ({ admitted: true, result }),
          (error: unknown) => {
            if (!(error instanceof RateLimiterRes)) throw error;
            return { admitted: false, result: error };
          },
        );
      const { remainingPoints, msBeforeNext } = counted.result;
      return { admitted: counted.admitted, remaining: remainingPoints, resetMs: msBeforeNext };
    },
  };
}
