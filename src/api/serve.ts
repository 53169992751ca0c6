import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import type { Config } from "../config.ts";
import { createPool } from "../database/pool.ts";
import { createPrisma } from "../database/prisma.ts";
import { isDatabaseUnavailable } from "../database/unavailable.ts";
import { createLog, type Logger } from "../observability/log.ts";
import { createMetrics } from "../observability/metrics.ts";
import { reasonOf } from "../observability/reason-of.ts";
import { checkDatabase } from "../process/check-database.ts";
import { keepSettings } from "../process/keep-settings.ts";
import { listen } from "../process/listen.ts";
import { rememberSuccess } from "../process/remember-success.ts";
import { serveApart } from "../process/serve-apart.ts";
import { stopSignal } from "../process/stop-signal.ts";
import { connectClient } from "../temporal/connection.ts";
import { createDataConverter } from "../temporal/data-converter.ts";
import { composeApp } from "./compose-app.ts";
import { openMetricsRoutes } from "./routes/metrics.ts";

/**
 * Longer than the 60 s after which common proxies let go of an idle connection: who closes first must be the one who
 * sends, or a request meets a connection that is just being closed, and the proxy answers 502 for it.
 */
const KEEP_ALIVE_MS = 75_000;
const DRAIN_MS = 10_000;

/**
 * The API process. It starts without database and Temporal, and answers 503 until they are there. It stops on SIGTERM
 * and SIGINT once the requests under way are answered, and with its parent where it was started with an IPC channel.
 * @throws {ConfigError} when the database is not migrated, a payload key that is in use is missing, or a port is taken
 */
export async function serve(config: Config): Promise<never> {
  const log = createLog("api", config.logLevel);
  const processMetrics = createMetrics();
  const stop = stopSignal();
  const pool = createPool(config.databaseUrl, { max: 20, applicationName: "tidings-api" });
  processMetrics.watchPool(pool);
  const prisma = createPrisma(pool);
  const databaseChecked = rememberSuccess(() => checkDatabase(pool, config));
  const client = connectClient(config.temporal, createDataConverter(config.payloadKeys));
  const { databaseUrl } = config;
  const { kept, ...changes } = keepSettings({
    pool,
    databaseUrl,
    applicationName: "tidings-api",
    counted: processMetrics.cacheAsked,
  });
  const app = composeApp({ config, log, processMetrics, databaseChecked, pool, prisma, client, kept });
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, app);
  let metricsServer: { close(): Promise<void> } | null = null;
  try {
    await refuseUnfitDatabase(databaseChecked, log);
    await listen(server, { variable: "PORT", ...config.http });
    const apart = express()
      .disable("x-powered-by")
      .use(openMetricsRoutes(() => processMetrics.text()));
    metricsServer = await serveApart(apart, {
      variable: "METRICS_PORT",
      port: config.metricsPort,
      host: config.http.host,
    });
    announceReady(log, server);
    await aborted(stop);
    await drain(server, log);
  } finally {
    await metricsServer?.close();
    await changes.stop();
    await prisma.$disconnect();
    await pool.end();
  }
  log.info("stopped");
  // The Temporal client repeats calls from timers of its own, which outlive their callers, and fails loudly where the
  // connection was closed meanwhile: so it is never closed, and the process ends here.
  process.exit();
}

/** @throws {ConfigError} what must be mended; a database that is away is asked again by the first request */
async function refuseUnfitDatabase(checked: () => Promise<void>, log: Logger): Promise<void> {
  try {
    await checked();
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error;
    log.warn({ dependency: "database", code: reasonOf(error) }, "starting without PostgreSQL");
  }
}

function announceReady(log: Logger, server: Server): void {
  const { address, port } = server.address() as AddressInfo;
  log.info({ address, port }, "listening");
  process.stdout.write(`${JSON.stringify({ ready: true, port })}\n`);
  process.send?.("ready");
}

/** Takes no new connections and waits for the requests under way, for as long as it must. */
async function drain(server: Server, log: Logger): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const deadline = setTimeout(() => {
    log.warn("requests are still in progress: closing their connections");
    server.closeAllConnections();
  }, DRAIN_MS);
  // A kept-alive connection would otherwise stay open after its last answer.
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
