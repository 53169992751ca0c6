import { once } from "node:events";
import { createServer } from "node:http";
import express from "express";
import { type HealthCheck, healthRoutes } from "../api/routes/health.ts";
import type { Config } from "../config.ts";
import { providersByChannel } from "../provider-settings.ts";

/**
 * `/healthz` and `/readyz` of a worker process, where a port is configured for them.
 * @throws {Error} when the port is taken
 */
export async function serveHealth(
  { http, workerHealthPort, providers }: Pick<Config, "http" | "workerHealthPort" | "providers">,
  healthChecks: Record<string, HealthCheck>,
): Promise<{ close(): Promise<void> }> {
  if (workerHealthPort === null) return { close: () => Promise.resolve() };
  const app = express()
    .disable("x-powered-by")
    .use(healthRoutes({ healthChecks, channels: providersByChannel(providers) }));
  const server = createServer(app).listen(workerHealthPort, http.host);
  await once(server, "listening");
  return {
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
