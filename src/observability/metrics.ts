import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** As Prometheus reads it. */
export type MetricsText = { contentType: string; text: string };
export type PoolCounts = { totalCount: number; idleCount: number; waitingCount: number };

export type Metrics = {
  registry: Registry;
  /** How often a cache knew the answer. */
  cacheAsked: (cache: string, result: "hit" | "miss") => void;
  watchPool(pool: PoolCounts): void;
  /** Asked before each scrape, for what somebody else counts; where it fails, its values are left out. */
  beforeScrape: (refresh: () => Promise<void>) => void;
  text(): Promise<MetricsText>;
};

/**
 * The metrics of a process. Labels are what there are few of: routes, channels, providers, statuses. Never a user, a
 * client, an event ID or an address.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const refreshes: (() => Promise<void>)[] = [];
  const asked = counter(registry, "tidings_cache_requests_total", "Questions to a cache", ["cache", "result"]);
  return {
    registry,
    cacheAsked: (cache, result) => asked.inc({ cache, result }),
    watchPool(pool) {
      gauge(
        registry,
        "tidings_database_connections",
        "Connections of the pool to PostgreSQL",
        ["state"],
        (connections) => {
          connections.set({ state: "busy" }, pool.totalCount - pool.idleCount);
          connections.set({ state: "idle" }, pool.idleCount);
        },
      );
      gauge(registry, "tidings_database_waiting", "Statements that wait for a connection", [], (waiting) =>
        waiting.set(pool.waitingCount),
      );
    },
    beforeScrape: (refresh) => void refreshes.push(refresh),
    async text() {
      await Promise.allSettled(refreshes.map((refresh) => refresh()));
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

export function counter<L extends string>(registry: Registry, name: string, help: string, labelNames: L[]): Counter<L> {
  return new Counter({ name, help, labelNames, registers: [registry] });
}

export function histogram<L extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: L[],
  buckets: number[],
): Histogram<L> {
  return new Histogram({ name, help, labelNames, buckets, registers: [registry] });
}

/** @param read sets its values as they are at each scrape */
export function gauge<L extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: L[],
  read?: (gauge: Gauge<L>) => void,
): Gauge<L> {
  const made: Gauge<L> = new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    ...(read === undefined ? {} : { collect: () => read(made) }),
  });
  return made;
}
