import { DefaultLogger, Runtime, type Worker } from "@temporalio/worker";
import { createAlarm } from "../activities/alarm.ts";
import type { Config } from "../config.ts";
import { createAlerts } from "../database/alerts.ts";
import { createControls } from "../database/controls.ts";
import { createPool } from "../database/pool.ts";
import { isDatabaseUnavailable } from "../database/unavailable.ts";
import { createLog, type Logger } from "../observability/log.ts";
import { createMetrics } from "../observability/metrics.ts";
import { traceOf } from "../observability/trace-of.ts";
import { checkDatabase } from "../process/check-database.ts";
import { keepSettings } from "../process/keep-settings.ts";
import { stopSignal } from "../process/stop-signal.ts";
import { createProviders } from "../providers/configured-providers.ts";
import { providersByChannel, tellingProviders } from "../provider-settings.ts";
import { settingWarnings } from "../setting-warnings.ts";
import { connectClient } from "../temporal/connection.ts";
import { createDataConverter } from "../temporal/data-converter.ts";
import { createSendQueues, type SendQueues } from "../temporal/send-queues.ts";
import { createAlertWebhook } from "./alert-webhook.ts";
import { callingOperators } from "./calling-operators.ts";
import { composeActivities } from "./compose-activities.ts";
import { createWorkers } from "./create-workers.ts";
import { sdkMetrics } from "./sdk-metrics.ts";
import { serveHealth } from "./serve-health.ts";
import { patiently } from "./patiently.ts";
import { servedQueues } from "./queues.ts";
import { restoreControls } from "./restore-controls.ts";
import { connectWorker } from "./worker-connection.ts";
import { workflowCode } from "./workflow-code.ts";

const POSTGRES = { name: "PostgreSQL", isAway: isDatabaseUnavailable };
/** Whatever goes wrong with the connection may pass: a server that starts, a certificate that is being renewed. */
const TEMPORAL = { name: "Temporal", isAway: () => true };

/**
 * The worker process. It waits for database and Temporal, and stops on SIGTERM and SIGINT after the sends it has begun,
 * and with its parent where it was started with an IPC channel.
 * @throws {ConfigError} for wrong arguments, a database that is not migrated, a payload key that is missing, or a port that
 * is taken
 */
export async function runWorkers(config: Config, args: readonly string[]): Promise<void> {
  const queues = servedQueues(args);
  const log = createLog("worker", config.logLevel);
  const metrics = createMetrics();
  const sdk = await sdkMetrics(config.workerHealthPort !== null);
  Runtime.install({ shutdownSignals: [], logger: sdkLogger(log), telemetryOptions: sdk.telemetryOptions });
  const patience = { log, stop: stopSignal() };
  const pool = createPool(config.databaseUrl, { max: 20, applicationName: "tidings-worker" });
  metrics.watchPool(pool);
  const { databaseUrl } = config;
  const { kept, ...changes } = keepSettings({
    pool,
    databaseUrl,
    applicationName: "tidings-worker",
    counted: metrics.cacheAsked,
  });
  const dataConverter = createDataConverter(config.payloadKeys);
  const alarm = createAlarm({ alerts: createAlerts(pool), monotonicNow: () => performance.now(), log });
  const providers = createProviders(config.providers).map((provider) => callingOperators(provider, { log, alarm }));
  for (const [channel, ids] of Object.entries(providersByChannel(config.providers))) {
    if (ids.length === 0) log.warn({ channel }, "no provider is configured: deliveries of this channel fail");
  }
  for (const warning of settingWarnings(config)) log.warn(warning);
  try {
    if ((await patiently(POSTGRES, patience, () => checkDatabase(pool, config))) === null) return;
    const workflowBundle = queues.notifications ? await workflowCode(config.workflowBundle, sdkLogger(log)) : null;
    const connection = await patiently(TEMPORAL, patience, () => connectWorker(config.temporal));
    if (connection === null) return;
    const client = connectClient(config.temporal, dataConverter);
    const sendQueues = createSendQueues(client, () => Date.now());
    const restore = () => restoreControls(createControls(pool), sendQueues, log);
    await restore();
    const workers = await createWorkers({
      connection,
      namespace: config.temporal.namespace,
      queues,
      workflowBundle,
      dataConverter,
      activities: composeActivities({
        pool,
        kept,
        providers,
        log,
        metrics,
        client,
        secret: config.secret,
        smsCountriesByDefault: config.smsCountriesByDefault,
        retention: config.retention,
        linkUrl: config.http.linkUrl,
        operators: operatorsOf(config),
        outbound: config.outbound,
        payloadKeys: config.payloadKeys,
        restoreControls: restore,
        stopping: patience.stop,
      }),
    });
    const checks = {
      database: () => pool.query("SELECT 1"),
      ...Object.fromEntries(workers.map(({ options }) => [options.taskQueue, () => polls(sendQueues, options)])),
    };
    const health = await serveHealth(
      config,
      log,
      checks,
      sdk.with(() => metrics.text()),
    );
    announceReady(log);
    await runUntilStopped(workers, patience.stop);
    await health.close();
    await connection.close();
    log.info("stopped");
  } finally {
    await Promise.all(providers.map((provider) => provider.close()));
    await changes.stop();
    await pool.end();
  }
}

function operatorsOf({ alerts: { webhook, deadLetters }, providers }: Config) {
  const tell = webhook === null ? null : createAlertWebhook(webhook, () => Date.now() / 1_000);
  return { tell, deadLetterThreshold: deadLetters, tellingProviders: tellingProviders(providers) };
}

/** @throws {Error} where the worker lives and yet takes no work */
async function polls(queues: SendQueues, { taskQueue, identity }: Worker["options"]): Promise<void> {
  if (!(await queues.isPolledBy(taskQueue, identity))) throw new Error(`nobody polls ${taskQueue}`);
}

/** All workers of a process live and stop together: one that fails must not leave its queue silently unserved. */
async function runUntilStopped(workers: Worker[], stop: AbortSignal): Promise<void> {
  const shutDown = () => {
    for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
  };
  stop.addEventListener("abort", shutDown, { once: true });
  const runs = workers.map((worker) => worker.run().finally(shutDown));
  if (stop.aborted) shutDown();
  const results = await Promise.allSettled(runs);
  const failure = results.find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

function announceReady(log: Logger): void {
  log.info("polling");
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
  process.send?.("ready");
}

function sdkLogger(log: Logger): DefaultLogger {
  return new DefaultLogger("WARN", ({ level, message, meta }) => {
    // True of every worker that only sends, and intended.
    if (message.startsWith("No workflows registered")) return;
    const { workflowId, runId, activityType, taskQueue, error } = (meta ?? {}) as Record<string, unknown>;
    const trace = error === undefined ? {} : traceOf(error);
    log[level === "ERROR" ? "error" : "warn"]({ workflowId, runId, activityType, taskQueue, ...trace }, message);
  });
}
