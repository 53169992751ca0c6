import { setTimeout as delay } from "node:timers/promises";
import { Router } from "express";
import { z } from "zod";
import type { Logger } from "../../observability/log.ts";
import { reasonOf } from "../../observability/reason-of.ts";
import type { Operations } from "../openapi/operation.ts";

const CHECK_TIMEOUT_MS = 2_000;

const aliveSchema = z.object({ status: z.literal("ok") }).meta({ id: "Alive", examples: [{ status: "ok" }] });

const dependencySchema = z.object({
  status: z.enum(["ok", "unavailable", "timeout"]),
  ms: z.number().int().meta({ description: "How long the answer took" }),
});

const readinessSchema = z
  .object({
    status: z.enum(["ready", "unavailable"]),
    dependencies: z.record(z.string(), dependencySchema),
    channels: z
      .record(z.string(), z.array(z.string()))
      .meta({ description: "The configured providers; a channel without one is off" }),
    warnings: z.array(z.string()).optional().meta({
      description:
        "Settings of this process that are accepted but are probably a mistake, a sentence each; absent where there is none",
    }),
  })
  .meta({
    id: "Readiness",
    examples: [
      {
        status: "ready",
        dependencies: { database: { status: "ok", ms: 2 }, temporal: { status: "ok", ms: 3 } },
        channels: { apns: ["apns"], fcm: ["fcm"], sms: [], email: ["smtp", "sendgrid"] },
      },
    ],
  });

export const healthOperations = {
  "GET /healthz": {
    id: "getLiveness",
    summary: "Check whether the process is alive",
    description: "Restart it if it does not answer.",
    scopes: [],
    answers: { 200: { description: "It is.", body: aliveSchema } },
  },
  "GET /readyz": {
    id: "getReadiness",
    summary: "Check whether PostgreSQL and Temporal answer",
    description: "Send no requests to a process that is not ready.",
    scopes: [],
    answers: {
      200: { description: "Both do.", body: readinessSchema },
      503: { description: "One does not.", body: readinessSchema },
    },
  },
} as const satisfies Operations;

/** Resolves when the dependency answers; rejects otherwise. */
export type HealthCheck = () => Promise<unknown>;
export type HealthRouteDependencies = {
  log: Logger;
  healthChecks: Record<string, HealthCheck>;
  /** The providers that are configured, by channel. */
  channels: Record<string, readonly string[]>;
  /** Of the settings, a sentence each. */
  warnings: readonly string[];
};

/**
 * `/healthz`: the process lives (restart it otherwise). `/readyz`: it can do its work now (send it no requests
 * otherwise). Neither needs a key, and neither says more than which dependency is away, which channel is off and which
 * setting is missing: why is in the log, where it does not tell strangers about the network.
 */
export function healthRoutes({ log, healthChecks, channels, warnings }: HealthRouteDependencies): Router {
  const router = Router();
  const tellChange = changesOf(log);

  router.get("/healthz", (_request, response) => {
    response.json({ status: "ok" });
  });

  router.get("/readyz", async (_request, response) => {
    const results = await Promise.all(
      Object.entries(healthChecks).map(async ([name, check]) => {
        const { code, ...result } = await resultOf(check);
        tellChange(name, code);
        return [name, result] as const;
      }),
    );
    const ready = results.every(([, { status }]) => status === "ok");
    response.status(ready ? 200 : 503).json({
      status: ready ? "ready" : "unavailable",
      dependencies: Object.fromEntries(results),
      channels,
      ...(warnings.length === 0 ? {} : { warnings }),
    });
  });

  return router;
}

/** Logs a dependency once when it goes away, and once when it is back, however often readiness is asked. */
function changesOf(log: Logger): (dependency: string, code: string | null) => void {
  const away = new Set<string>();
  return (dependency, code) => {
    if (code !== null && !away.has(dependency)) {
      away.add(dependency);
      log.warn({ dependency, code }, `not ready: ${dependency} is unavailable (${code})`);
    } else if (code === null && away.delete(dependency)) {
      log.info({ dependency, code: "ok" }, `${dependency} is available again`);
    }
  };
}

type Result = {
  status: "ok" | "unavailable" | "timeout";
  ms: number;
  /** Why, for the log; null where it is ok. */
  code: string | null;
};

async function resultOf(check: HealthCheck): Promise<Result> {
  const started = performance.now();
  const timer = new AbortController();
  const late = { status: "timeout", code: "timeout" } as const;
  const result = await Promise.race([
    check().then(
      () => ({ status: "ok", code: null }) as const,
      (error: unknown) => ({ status: "unavailable", code: reasonOf(error) }) as const,
    ),
    delay(CHECK_TIMEOUT_MS, late, { signal: timer.signal }).catch(() => late),
  ]);
  timer.abort();
  return { ...result, ms: Math.round(performance.now() - started) };
}
