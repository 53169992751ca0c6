import { setTimeout as delay } from "node:timers/promises";
import { Router } from "express";

const CHECK_TIMEOUT_MS = 2_000;

/** Resolves when the dependency answers; rejects otherwise. */
export type HealthCheck = () => Promise<unknown>;
export type HealthRouteDependencies = {
  healthChecks: Record<string, HealthCheck>;
  /** The providers that are configured, by channel. */
  channels: Record<string, readonly string[]>;
};

/**
 * `/healthz`: the process lives (restart it otherwise). `/readyz`: it can do its work now (send it no requests
 * otherwise). Neither needs a key, and neither says more than which dependency is away and which channel is off.
 */
export function healthRoutes({ healthChecks, channels }: HealthRouteDependencies): Router {
  const router = Router();

  router.get("/healthz", (_request, response) => {
    response.json({ status: "ok" });
  });

  router.get("/readyz", async (_request, response) => {
    const results = await Promise.all(
      Object.entries(healthChecks).map(async ([name, check]) => [name, await resultOf(check)] as const),
    );
    const ready = results.every(([, { status }]) => status === "ok");
    response
      .status(ready ? 200 : 503)
      .json({ status: ready ? "ready" : "unavailable", dependencies: Object.fromEntries(results), channels });
  });

  return router;
}

async function resultOf(check: HealthCheck): Promise<{ status: "ok" | "unavailable" | "timeout"; ms: number }> {
  const started = performance.now();
  const timer = new AbortController();
  const status = await Promise.race([
    check().then(
      () => "ok" as const,
      // Why is in the log of whoever is asked; here it would tell strangers about the network.
      () => "unavailable" as const,
    ),
    delay(CHECK_TIMEOUT_MS, "timeout" as const, { signal: timer.signal }).catch(() => "timeout" as const),
  ]);
  timer.abort();
  return { status, ms: Math.round(performance.now() - started) };
}
