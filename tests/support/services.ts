import { mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { findPostgresPrograms, postgresUser, settlePostgresHome } from "../../src/dev/postgres-home.ts";
import { prepareEmbeddedPostgres } from "../../src/dev/postgres.ts";
import { readStack } from "../../src/dev/stack.ts";
import type { ProcessSpec } from "../../src/dev/spawned-process.ts";
import { supervise } from "../../src/dev/supervise.ts";
import { findTemporalCli } from "../../src/dev/temporal-cli.ts";
import { TEMPORAL_CLI_CHECKSUMS, TEMPORAL_CLI_VERSION, TEMPORAL_RELEASES_URL } from "../../src/dev/temporal-release.ts";
import { temporalServerSpec } from "../../src/dev/temporal-server.ts";
import { freePort } from "./processes.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A real server of one's own, which is started again whenever it dies. */
export type Service = {
  /** SIGKILL; resolves when it serves again. */
  killAndRestart(): Promise<void>;
  stop(): Promise<void>;
};

/** PostgreSQL as the launcher runs it, with its data in `directory`. */
export async function startPostgres(directory: string): Promise<Service & { url: string }> {
  mkdirSync(join(directory, "logs"), { recursive: true });
  const home = settlePostgresHome({
    root: directory,
    stateDirectory: directory,
    programs: findPostgresPrograms(),
    user: postgresUser(),
    outside: "/var/tmp",
  });
  const { spec, url } = await prepareEmbeddedPostgres({
    home,
    port: await freePort(),
    account: { user: "tidings", database: "tidings" },
    stateDirectory: directory,
    logFile: join(directory, "logs", "postgres.log"),
    environment: process.env,
    say: () => undefined,
  });
  // Two test files at a time, each with the pools of several processes.
  const service = await run({ ...spec, arguments: [...spec.arguments, "-c", "max_connections=300"] });
  return {
    url,
    ...service,
    stop: async () => {
      await service.stop();
      // Root's PostgreSQL may live beside the directory, where its own user can enter.
      if (relative(directory, home.data).startsWith("..")) rmSync(dirname(home.data), { recursive: true, force: true });
    },
  };
}

/** Test files make namespaces of their own, and should not wait for them to be seen. */
const SEEN_AT_ONCE = ['system.namespaceCacheRefreshInterval="500ms"'];

/**
 * Temporal as the launcher runs it, with its state in `directory`, and with these values in its dynamic configuration.
 * Its Web UI asks the API on `apiPort` to decrypt what it shows.
 */
export async function startTemporal(
  directory: string,
  dynamicConfig: readonly string[] = SEEN_AT_ONCE,
  apiPort = 1,
): Promise<Service & { address: string; uiUrl: string }> {
  mkdirSync(join(directory, "logs"), { recursive: true });
  const stack = readStack(join(ROOT, "temporal-dev.yml")).temporal;
  const cli = await findTemporalCli({
    given: process.env.TEMPORAL_CLI ?? null,
    searchPath: process.env.PATH ?? "",
    cacheDirectory: join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tidings"),
    version: TEMPORAL_CLI_VERSION,
    platform: process.platform,
    arch: process.arch,
    releasesUrl: TEMPORAL_RELEASES_URL,
    checksums: TEMPORAL_CLI_CHECKSUMS,
    answerWithinMs: 5_000,
    environment: process.env,
    say: (line) => console.log(line),
    signal: new AbortController().signal,
  });
  const [port, uiPort] = [await freePort(), await freePort()];
  const spec = temporalServerSpec({
    cli,
    stack: {
      ...stack,
      arguments: [...stack.arguments, ...dynamicConfig.map((value) => `--dynamic-config-value=${value}`)],
    },
    port,
    uiPort,
    codecEndpoint: `http://127.0.0.1:${apiPort}/codec`,
    databaseFile: join(directory, "temporal.db"),
    workingDirectory: directory,
    logFile: join(directory, "logs", "temporal.log"),
    environment: process.env,
  });
  return { address: `127.0.0.1:${port}`, uiUrl: `http://127.0.0.1:${uiPort}`, ...(await run(spec)) };
}

async function run(spec: ProcessSpec): Promise<Service> {
  const end = new AbortController();
  let pid = 0;
  let runsAgain = () => {};
  let failed = (error: Error) => console.error(error.message);
  const running = await supervise(
    spec,
    {
      say: (line) => line.endsWith("runs again.") && runsAgain(),
      spawned: (_, started) => void (pid = started),
      failed: (error) => failed(error),
    },
    end.signal,
  );
  return {
    killAndRestart: () =>
      new Promise((resolve, reject) => {
        runsAgain = resolve;
        failed = reject;
        process.kill(pid, "SIGKILL");
      }),
    stop: async () => {
      end.abort();
      await running.stop();
    },
  };
}
