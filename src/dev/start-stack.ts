import { renameSync } from "node:fs";
import { join } from "node:path";
import { loadConfig, type TemporalSettings } from "../config.ts";
import { migrate, MigrationError } from "../database/migrate.ts";
import { httpOrigin } from "../network/http-origin.ts";
import { setUpTemporal } from "../temporal/set-up.ts";
import { ensureAdminKey } from "./admin-key.ts";
import { allOrNothing } from "./all-or-nothing.ts";
import { ensureDemoData } from "./demo-data.ts";
import { devEnvFile, lastKey, writeDevEnv } from "./dev-env.ts";
import type { LauncherConfig, PortName } from "./launcher-config.ts";
import { LauncherError } from "./launcher-error.ts";
import { saysReady } from "./log-lines.ts";
import { nodeServiceSpec } from "./node-service.ts";
import { findPostgresPrograms, postgresUser, settlePostgresHome } from "./postgres-home.ts";
import { prepareEmbeddedPostgres } from "./postgres.ts";
import { serviceEnvironment } from "./service-environment.ts";
import { withFlags, type Stack } from "./stack.ts";
import type { ProcessSpec } from "./spawned-process.ts";
import { findTemporalCli } from "./temporal-cli.ts";
import { TEMPORAL_CLI_CHECKSUMS, TEMPORAL_CLI_VERSION, TEMPORAL_RELEASES_URL } from "./temporal-release.ts";
import { temporalServerSpec } from "./temporal-server.ts";
import { waitUntil } from "./wait-until.ts";

/** Enterable by every user, and kept over reboots. */
const OUTSIDE = "/var/tmp";

export type Role = "postgres" | "temporal" | "sandbox" | "api" | "worker";

export type StartContext = {
  root: string;
  stateDirectory: string;
  config: LauncherConfig;
  stack: Stack;
  ports: Record<PortName, number>;
  /** Null where the developer brings a Temporal. */
  embeddedTemporal: { address: string; uiUrl: string } | null;
  /** Starts a process and from then on keeps it running; resolves when it serves. */
  keepRunning: (role: Role, spec: ProcessSpec) => Promise<void>;
  /** Aborted when the start, or the whole stack, is to end. */
  end: AbortController;
  say: (line: string) => void;
};

export type StartedStack = { url: string; sandboxUrl: string; temporalUrl: string | null };

/**
 * Starts everything, as much as possible at the same time, and writes .tidings/dev.env when all of it serves.
 * @throws {LauncherError} where a part cannot start, and the reason of `end` once that is aborted
 */
export async function startStack(context: StartContext): Promise<StartedStack> {
  const { stateDirectory, config, stack, ports, embeddedTemporal, end } = context;
  const [databaseUrl, cli, sandbox] = await allOrNothing(end, [
    startDatabase(context),
    startTemporal(context),
    startSandbox(context),
  ]);
  const environment = serviceEnvironment({
    environment: config.environment,
    stack,
    ports,
    databaseUrl,
    embeddedTemporal,
    sandboxDirectory: sandbox.directory,
  });
  // Read here as the services will read it, so that a wrong setting is said once and clearly.
  const { http, temporal } = loadConfig(environment);
  await prepareTemporal(context, temporal);
  const url = httpOrigin(http.host, ports.api);
  const file = devEnvFile(stateDirectory);
  const [key] = await allOrNothing(end, [
    ensureAdminKey(databaseUrl, lastKey(file)),
    startService(context, "api", { name: "The API", arguments: stack.api.arguments, environment }, ({ signal }) =>
      waitUntil(() => answersReady(`${url}/readyz`), { signal }),
    ),
    startService(context, "worker", { name: "The worker", arguments: stack.worker.arguments, environment }),
  ]);
  await ensureDemoData(url, key);
  writeDevEnv(file, {
    TIDINGS_URL: url,
    TIDINGS_KEY: key,
    TIDINGS_SANDBOX_URL: sandbox.url,
    TEMPORAL_ADDRESS: temporal.connection.address ?? null,
    TEMPORAL_NAMESPACE: temporal.namespace,
    TEMPORAL_CLI: cli,
  });
  return { url, sandboxUrl: sandbox.url, temporalUrl: temporal.uiUrl };
}

/** @returns the URL of a database that has all migrations */
async function startDatabase(context: StartContext): Promise<string> {
  const { root, stateDirectory, config, stack, ports, say } = context;
  if (config.databaseUrl !== null) {
    await migrate(config.databaseUrl, say).catch((error: unknown) => {
      if (error instanceof MigrationError) throw error;
      const { message } = error as Error;
      throw new LauncherError(`The PostgreSQL of DATABASE_URL cannot be used: ${message}.`, { cause: error });
    });
    return config.databaseUrl;
  }
  const home = settlePostgresHome({
    root,
    stateDirectory,
    programs: findPostgresPrograms(),
    user: postgresUser(),
    outside: OUTSIDE,
  });
  const { spec, url } = await prepareEmbeddedPostgres({
    home,
    port: ports.postgres,
    account: stack.postgres,
    stateDirectory,
    logFile: freshLogFile(stateDirectory, "postgres"),
    environment: config.environment,
    say,
  });
  await context.keepRunning("postgres", spec);
  await migrate(url, say);
  return url;
}

/** @returns the Temporal CLI, where one is known */
async function startTemporal(context: StartContext): Promise<string | null> {
  const { stateDirectory, config, stack, ports, say } = context;
  if (context.embeddedTemporal === null) return config.temporalCli;
  const cli = await findTemporalCli({
    given: config.temporalCli,
    searchPath: config.searchPath,
    cacheDirectory: config.cacheDirectory,
    version: TEMPORAL_CLI_VERSION,
    platform: process.platform,
    arch: process.arch,
    releasesUrl: TEMPORAL_RELEASES_URL,
    checksums: TEMPORAL_CLI_CHECKSUMS,
    answerWithinMs: 5_000,
    environment: config.environment,
    say,
    signal: context.end.signal,
  });
  await context.keepRunning(
    "temporal",
    temporalServerSpec({
      cli,
      stack: stack.temporal,
      port: ports.temporal,
      uiPort: ports.temporalUi,
      codecEndpoint: `http://127.0.0.1:${ports.api}/codec`,
      databaseFile: join(stateDirectory, "temporal.db"),
      workingDirectory: stateDirectory,
      logFile: freshLogFile(stateDirectory, "temporal"),
      environment: config.environment,
    }),
  );
  return cli;
}

async function prepareTemporal(context: StartContext, { connection, namespace }: TemporalSettings): Promise<void> {
  await setUpTemporal({ connection, namespace, log: context.say }).catch((error: unknown) => {
    throw new LauncherError(
      `Temporal at ${connection.address ?? "its usual address"} cannot be set up for the namespace ${namespace}: ${(error as Error).message.replace(/\.$/, "")}.`,
      { cause: error },
    );
  });
}

async function startSandbox(context: StartContext): Promise<{ url: string; directory: string }> {
  const { stateDirectory, config, stack, ports } = context;
  const directory = join(stateDirectory, "sandbox");
  const flags = {
    // In a container it has to listen beyond loopback, here it must not.
    host: null,
    port: String(ports.sandbox),
    "smtp-port": String(ports.smtp),
    "fcm-port": String(ports.fcm),
    "apns-port": String(ports.apns),
    "twilio-port": String(ports.twilio),
    "sendgrid-port": String(ports.sendgrid),
    "vonage-port": String(ports.vonage),
    "mailchimp-port": String(ports.mailchimp),
    directory,
    "webhook-url": `http://127.0.0.1:${ports.api}`,
    // As the API reads it: it is part of signatures.
    "public-url": config.environment.PUBLIC_URL || `http://127.0.0.1:${ports.api}`,
  };
  await startService(context, "sandbox", {
    name: "The sandbox",
    arguments: withFlags(stack.sandbox.arguments, flags),
    environment: config.environment,
  });
  return { url: `http://127.0.0.1:${ports.sandbox}`, directory };
}

function startService(
  context: StartContext,
  role: Role,
  program: { name: string; arguments: readonly string[]; environment: NodeJS.ProcessEnv },
  untilReady: ProcessSpec["untilReady"] = ({ line }) => line(saysReady),
): Promise<void> {
  const { root, stateDirectory } = context;
  const logFile = freshLogFile(stateDirectory, role);
  return context.keepRunning(role, nodeServiceSpec({ ...program, root, logFile, untilReady }));
}

/** The log of this run; the one before is kept beside it. */
function freshLogFile(stateDirectory: string, name: string): string {
  const file = join(stateDirectory, "logs", `${name}.log`);
  try {
    renameSync(file, `${file}.previous`);
  } catch (error) {
    // The first start has none.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return file;
}

async function answersReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    // Not listening yet. A process that ends meanwhile is noticed by its supervisor.
    return false;
  }
}
