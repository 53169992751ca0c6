import proto from "@temporalio/proto";
import { TestWorkflowEnvironment } from "@temporalio/testing";
import { DefaultLogger, makeTelemetryFilterString, Runtime } from "@temporalio/worker";
import pg from "pg";
import { loadConfig } from "../../src/config.ts";
import { createKeptSettings } from "../../src/database/kept-settings.ts";
import { createLog } from "../../src/observability/log.ts";
import { createMetrics } from "../../src/observability/metrics.ts";
import { createProviders } from "../../src/providers/configured-providers.ts";
import { createDataConverter } from "../../src/temporal/data-converter.ts";
import { composeActivities } from "../../src/workers/compose-activities.ts";
import { createWorkers } from "../../src/workers/create-workers.ts";
import { servedQueues } from "../../src/workers/queues.ts";
import { workflowCode } from "../../src/workers/workflow-code.ts";
import { searchAttributes } from "../../src/workflows/contract.ts";
import { createTestDatabase } from "./database.ts";
import { TEST_PAYLOAD_KEY } from "./payload-key.ts";
import { freePort } from "./processes.ts";
import { type System, startSystem } from "./system.ts";

export type SkippingSystem = {
  system: System;
  /** What the time is for Temporal, the database and the worker. */
  now(): Promise<Date>;
  /** Passes over so much time, with everything that is due in it. */
  skip(ms: number): Promise<void>;
  /** Passes over all time until the workflow ends, and some hours. */
  end(workflowId: string): Promise<unknown>;
  /** What operators were told; they are at the end of each step, where repair's round would do it each minute. */
  told(): readonly Record<string, unknown>[];
  stop(): Promise<void>;
};

/** Alerts look back for an hour. */
const STEP_MS = 30 * 60_000;
const DEAD_LETTERS_TO_TELL = 4;

/**
 * The service on a Temporal that skips time. The API is a process of its own; the worker runs here, with the real
 * workflow and the real activities on real PostgreSQL, whose clock is moved on with Temporal's before each activity.
 */
export async function startSkippingSystem(testServer: string): Promise<SkippingSystem> {
  const logger = new DefaultLogger("ERROR");
  // The test server lacks what a worker then warns of.
  const logging = { filter: makeTelemetryFilterString({ core: "ERROR" }) };
  Runtime.install({ shutdownSignals: [], logger, telemetryOptions: { logging } });
  const dataConverter = createDataConverter([TEST_PAYLOAD_KEY]);
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: "existing-path", path: testServer } },
    client: { dataConverter },
  });
  await registerSearchAttributes(environment);
  const database = await createTestDatabase();
  const clock = await movableClock(database.url);
  const servers = { database, temporal: { address: environment.address, namespace: "default" } };
  const system = await startSystem({
    servers,
    workers: 0,
    // Nobody listens there.
    settings: async () => ({ TWILIO_BASE_URL: `http://127.0.0.1:${await freePort()}` }),
  });
  const skip = async (ms: number) => {
    await environment.sleep(ms);
    await syncClock();
    await notification.tellAlerts();
  };
  const syncClock = async () => clock.set(await environment.currentTimeMs());

  const config = loadConfig(system.env);
  const providers = createProviders(config.providers);
  const pool = new pg.Pool({ connectionString: database.url, max: 10 });
  const told: Record<string, unknown>[] = [];
  const { notification, outbound, send } = composeActivities({
    // Nothing is kept, since what is kept goes by a clock that does not skip.
    kept: createKeptSettings(pool, { freshness: { now: () => 0, isFresh: () => false }, counted: () => undefined }),
    metrics: createMetrics(),
    pool,
    providers,
    client: environment.client,
    secret: config.secret,
    operators: {
      tell: ({ body }) => Promise.resolve(void told.push(body)),
      deadLetterThreshold: DEAD_LETTERS_TO_TELL,
      tellingProviders: [],
    },
    smsCountriesByDefault: config.smsCountriesByDefault,
    linkUrl: config.http.linkUrl,
    retention: config.retention,
    outbound: config.outbound,
    payloadKeys: config.payloadKeys,
    restoreControls: () => Promise.resolve(),
    stopping: new AbortController().signal,
    log: createLog("worker", config.logLevel),
  });
  const workers = await createWorkers({
    connection: environment.nativeConnection,
    namespace: "default",
    queues: servedQueues([]),
    workflowBundle: await workflowCode(config.workflowBundle, logger),
    dataConverter,
    activities: { notification: after(syncClock, notification), outbound, send: after(syncClock, send) },
  });
  const running = Promise.all(workers.map((worker) => worker.run()));

  return {
    system,
    now: async () => new Date(await environment.currentTimeMs()),
    skip,
    async end(workflowId) {
      const handle = system.client.workflow.getHandle(workflowId);
      // Step by step: where nothing is left to do, the server would pass over years at once.
      while ((await handle.describe()).status.name === "RUNNING") await skip(STEP_MS);
      return handle.result();
    },
    told: () => told,
    async stop() {
      for (const worker of workers) worker.shutdown();
      await running;
      await Promise.all(providers.map((provider) => provider.close()));
      await pool.end();
      await clock.close();
      await system.stop();
      await environment.teardown();
    },
  };
}

/** As migrations do it, which also make a schedule: this server has none. */
async function registerSearchAttributes({ connection }: TestWorkflowEnvironment): Promise<void> {
  const types = proto.temporal.api.enums.v1.IndexedValueType;
  await connection.operatorService.addSearchAttributes({
    namespace: "default",
    searchAttributes: Object.fromEntries(
      Object.values(searchAttributes).map(({ name, type }) => [name, types[`INDEXED_VALUE_TYPE_${type}`]]),
    ),
  });
}

/** The same activities, each run with something done before it. */
function after<T extends Record<string, (...args: never[]) => Promise<unknown>>>(
  first: () => Promise<void>,
  activities: T,
): T {
  const entries = Object.entries(activities).map(([name, activity]) => [
    name,
    async (...args: never[]) => {
      await first();
      return activity(...args);
    },
  ]);
  return Object.fromEntries(entries) as T;
}

/**
 * Makes a database's clock movable: its own `clock_timestamp()` and `now()` are found before PostgreSQL's, by every
 * statement of every connection that is opened from here on.
 */
async function movableClock(databaseUrl: string): Promise<{ set(ms: number): Promise<void>; close(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const database = new URL(databaseUrl).pathname.slice(1);
  const movedClock = (name: string) =>
    `CREATE FUNCTION moved.${name}() RETURNS timestamptz VOLATILE LANGUAGE sql
     AS 'SELECT pg_catalog.clock_timestamp() + ahead FROM moved.clock'`;
  await pool.query(`
    CREATE SCHEMA moved;
    CREATE TABLE moved.clock AS SELECT interval '0' AS ahead;
    ${movedClock("clock_timestamp")};
    ${movedClock("now")};
    ALTER DATABASE ${database} SET search_path = moved, pg_catalog, public`);
  return {
    async set(ms) {
      await pool.query("UPDATE moved.clock SET ahead = $1::timestamptz - pg_catalog.clock_timestamp()", [new Date(ms)]);
    },
    close: () => pool.end(),
  };
}
