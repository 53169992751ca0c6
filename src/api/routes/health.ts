import { setTimeout as delay } from "node:timers/promises";
import { Router } from "express";
import { z } from "zod";
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
    summary: "Ask whether the process lives",
    description: "Restart it where it does not answer.",
    scopes: [],
    answers: { 200: { description: "It does.", body: aliveSchema } },
  },
  "GET /readyz": {
    id: "getReadiness",
    summary: "Ask whether PostgreSQL and Temporal answer",
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
