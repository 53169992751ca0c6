import { DefaultLogger, Runtime } from "@temporalio/worker";
import { loadConfig } from "../../src/config.ts";
import { createPool } from "../../src/database/pool.ts";
import { decodeNotificationId } from "../../src/domain/notification-id.ts";
import { createLog } from "../../src/observability/log.ts";
import { createMetrics } from "../../src/observability/metrics.ts";
import { keepSettings } from "../../src/process/keep-settings.ts";
import { createProviders } from "../../src/providers/configured-providers.ts";
import type { Accepted, OutgoingMessage, Provider } from "../../src/providers/provider.ts";
import { connectClient } from "../../src/temporal/connection.ts";
import { createDataConverter } from "../../src/temporal/data-converter.ts";
import { composeActivities } from "../../src/workers/compose-activities.ts";
import { createWorkers } from "../../src/workers/create-workers.ts";
import { servedQueues } from "../../src/workers/queues.ts";
import { connectWorker } from "../../src/workers/worker-connection.ts";
import { workflowCode } from "../../src/workers/workflow-code.ts";
import type { AtBarrier, WorkerBarriers } from "./kill-plan.ts";

// A worker process of the service's own parts, to be killed: providers stop at a barrier before or after their call,
// say so to the parent, and never go on.

const { eventIds, barriers } = JSON.parse(process.argv[2] ?? "") as WorkerBarriers;

const config = loadConfig(process.env);
const logger = new DefaultLogger("ERROR");
Runtime.install({ shutdownSignals: [], logger });
process.once("disconnect", () => process.exit(1));

const pool = createPool(config.databaseUrl, { max: 20, applicationName: "tidings-worker" });
const { kept } = keepSettings({
  pool,
  databaseUrl: config.databaseUrl,
  applicationName: "tidings-worker",
  counted: () => undefined,
});
const dataConverter = createDataConverter(config.payloadKeys);
const client = connectClient(config.temporal, dataConverter);
const workers = await createWorkers({
  connection: await connectWorker(config.temporal),
  namespace: config.temporal.namespace,
  queues: servedQueues([]),
  workflowBundle: await workflowCode(config.workflowBundle, logger),
  dataConverter,
  activities: composeActivities({
    pool,
    kept,
    providers: createProviders(config.providers).map(stoppingAtBarriers),
    log: createLog("worker", config.logLevel),
    metrics: createMetrics(),
    client,
    secret: config.secret,
    operators: { tell: null, deadLetterThreshold: config.alerts.deadLetters, tellingProviders: [] },
    smsCountriesByDefault: config.smsCountriesByDefault,
    linkUrl: config.http.linkUrl,
    retention: config.retention,
    outbound: config.outbound,
    payloadKeys: config.payloadKeys,
    restoreControls: () => Promise.resolve(),
    stopping: new AbortController().signal,
  }),
});
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
await Promise.all(workers.map((worker) => worker.run()));

function stoppingAtBarriers(provider: Provider): Provider {
  const { id, channels } = provider;
  return {
    id,
    channels,
    async send(message) {
      const barrier = barrierOf(id, message);
      if (barrier === "before_call") return stopAt(id, message);
      const accepted = await provider.send(message);
      return barrier === "answer_read" ? stopAt(id, message) : accepted;
    },
    close: () => provider.close(),
  };
}

function barrierOf(provider: string, { notificationId }: OutgoingMessage) {
  const eventId = decodeNotificationId(notificationId)?.eventId ?? "";
  return eventId.startsWith(eventIds) ? barriers[provider] : undefined;
}

function stopAt(provider: string, { notificationId, attemptId }: OutgoingMessage): Promise<Accepted> {
  process.send?.({ provider, notificationId, attemptId } satisfies AtBarrier);
  return new Promise(() => undefined);
}
