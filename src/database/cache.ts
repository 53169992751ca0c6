import { LRUCache } from "lru-cache";

/** Whether what was read at a time still holds. Times are milliseconds of a clock that never jumps. */
export type Freshness = { now(): number; isFresh(readAt: number): boolean };

export type CacheOptions<V> = {
  /** Entries at most; the one that was not asked for longest makes room. */
  max: number;
  /** Null is never kept: what is not there yet is seen as soon as it is. */
  load: (key: string) => Promise<V | null>;
  freshness: Freshness;
  counted: (result: "hit" | "miss") => void;
};

export type Cache<V> = {
  /** @throws what loading throws, to all who wait for it */
  get(key: string): Promise<V | null>;
  /** What was read before this is not answered any more, nor what is being read at this moment. */
  forget(key: string): void;
  forgetAll(): void;
};

/** Keeps what was loaded while it is fresh. Many who ask at once for the same thing wait for one load. */
export function createCache<V extends object>({ max, load, freshness, counted }: CacheOptions<V>): Cache<V> {
  const kept = new LRUCache<string, { value: V; readAt: number }>({ max });
  const loads = new Map<string, { value: Promise<V | null>; readAt: number }>();

  function begin(key: string): Promise<V | null> {
    // The time before the load: what changed while it was under way may be missing in it.
    const begun = { readAt: freshness.now(), value: load(key) };
    loads.set(key, begun);
    const isCurrent = () => loads.get(key) === begun;
    const end = () => {
      if (isCurrent()) loads.delete(key);
    };
    begun.value.then((value) => {
      // One that was forgotten meanwhile is answered to those who wait for it, and not kept.
      if (value !== null && isCurrent()) kept.set(key, { value, readAt: begun.readAt });
      end();
    }, end);
    return begun.value;
  }

  return {
    async get(key) {
      const entry = kept.get(key);
      const found = entry !== undefined && freshness.isFresh(entry.readAt) ? entry : null;
      counted(found === null ? "miss" : "hit");
      if (found !== null) return found.value;
      const underWay = loads.get(key);
      return underWay !== undefined && freshness.isFresh(underWay.readAt) ? underWay.value : begin(key);
    },
    forget(key) {
      kept.delete(key);
      loads.delete(key);
    },
    forgetAll() {
      kept.clear();
      loads.clear();
    },
  };
}
