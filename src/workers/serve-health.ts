import express from "express";
import { type HealthCheck, healthRoutes } from "../api/routes/health.ts";
import { openMetricsRoutes } from "../api/routes/metrics.ts";
import type { Config } from "../config.ts";
import type { Logger } from "../observability/log.ts";
import type { MetricsText } from "../observability/metrics.ts";
import { serveApart } from "../process/serve-apart.ts";
import { providersByChannel } from "../provider-settings.ts";
import { settingWarnings } from "../setting-warnings.ts";

/**
 * `/healthz`, `/readyz` and `/metrics` of a worker process, where a port is configured for them.
 * @throws {ConfigError} when the port is taken
 */
export function serveHealth(
  config: Config,
  log: Logger,
  healthChecks: Record<string, HealthCheck>,
  metricsText: () => Promise<MetricsText>,
): Promise<{ close(): Promise<void> }> {
  const app = express()
    .disable("x-powered-by")
    .use(
      healthRoutes({
        log,
        healthChecks,
        channels: providersByChannel(config.providers),
        warnings: settingWarnings(config),
      }),
    )
    .use(openMetricsRoutes(metricsText));
  const { workerHealthPort: port, http } = config;
  return serveApart(app, { variable: "WORKER_HEALTH_PORT", port, host: http.host });
}
