import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { LauncherError } from "./launcher-error.ts";
import type { PostgresHome } from "./postgres-home.ts";
import { readIfPresent, writePrivateFile } from "./private-file.ts";
import { commandLine, sendSignal } from "./process-table.ts";
import type { ProcessSpec } from "./spawned-process.ts";
import { waitUntil } from "./wait-until.ts";

const MAJOR = "18";
/** PostgreSQL's code for "still starting up" and "shutting down". */
const CANNOT_CONNECT_NOW = "57P03";

export type EmbeddedPostgres = { spec: ProcessSpec; url: string };

/**
 * Prepares PostgreSQL: its data, where there is none yet, and how to run it. It listens on loopback only, and only with
 * the password, since other people of the machine can reach loopback too.
 */
export async function prepareEmbeddedPostgres(options: {
  home: PostgresHome;
  port: number;
  account: { user: string; database: string };
  stateDirectory: string;
  logFile: string;
  environment: NodeJS.ProcessEnv;
  say: (line: string) => void;
}): Promise<EmbeddedPostgres> {
  const { home, port, account, environment } = options;
  const passwordFile = join(options.stateDirectory, "postgres-password");
  if (!existsSync(home.data)) {
    options.say("Creating the database (once)…");
    await initialise(home, account.user, passwordFile, environment);
  }
  const password = readIfPresent(passwordFile);
  const problem = password === null ? `${passwordFile} is missing` : versionProblem(home.data);
  if (problem !== null) {
    throw new LauncherError(
      `The development database in ${home.data} cannot be opened (${problem}): delete the folder to start afresh, or set DATABASE_URL.`,
    );
  }
  // It has no TLS, whatever PGSSLMODE says in the shell of whoever starts it.
  const urlOf = (database: string) =>
    `postgres://${account.user}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
  return {
    url: urlOf(account.database),
    spec: {
      name: "PostgreSQL",
      command: join(home.binaries, "postgres"),
      arguments: [
        ...["-D", home.data, "-p", String(port)],
        ...["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
      ],
      environment,
      workingDirectory: home.data,
      marker: home.data,
      user: home.user,
      ipc: false,
      logFile: options.logFile,
      // Fast shutdown: it does not wait for clients to leave.
      stopSignal: "SIGINT",
      stopWithinMs: 20_000,
      // Immediate shutdown: as after a power failure, but no process of it stays.
      killSignal: "SIGQUIT",
      prepare: () => clearPidFile(home.data),
      untilReady: ({ signal }) => ensureDatabase(urlOf("postgres"), account.database, signal),
      alarm: alarmOfPostgres,
    },
  };
}

function versionProblem(data: string): string | null {
  const version = readIfPresent(join(data, "PG_VERSION"))?.trim();
  if (version === undefined) return "it has no file PG_VERSION";
  return version === MAJOR ? null : `it is of PostgreSQL ${version}, not ${MAJOR}`;
}

/** PostgreSQL calls every refused or ended connection FATAL; during a restart that is no news. */
function alarmOfPostgres(line: string): string | null {
  const alarm = line.match(/\b(?:FATAL|PANIC): .*/)?.[0] ?? null;
  return alarm === null || /the database system is|administrator command/.test(alarm) ? null : alarm;
}

async function initialise(
  home: PostgresHome,
  superuser: string,
  passwordFile: string,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const password = randomBytes(24).toString("base64url");
  // Made beside its place and moved there, so that an interrupted start leaves no half database.
  const draft = `${home.data}.new`;
  const handover = `${home.data}.password`;
  rmSync(draft, { recursive: true, force: true });
  rmSync(handover, { force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(handover, password, { mode: 0o600 });
  if (home.user !== null) for (const path of [draft, handover]) chownSync(path, home.user.uid, home.user.gid);
  try {
    await promisify(execFile)(
      join(home.binaries, "initdb"),
      [
        ...["-D", draft, "--username", superuser, "--pwfile", handover, "--auth", "scram-sha-256"],
        ...["--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"],
      ],
      { cwd: draft, env: environment, ...(home.user && { uid: home.user.uid, gid: home.user.gid }) },
    );
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new LauncherError(
      `initdb could not make the database in ${dirname(home.data)}: ${(stderr || message).trim().split("\n").at(-1)}`,
      { cause: error },
    );
  } finally {
    rmSync(handover, { force: true });
  }
  writePrivateFile(passwordFile, password);
  renameSync(draft, home.data);
}

/** Waits until the server takes connections, and makes the database where it is missing. */
async function ensureDatabase(url: string, database: string, signal: AbortSignal): Promise<void> {
  await waitUntil(
    async () => {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
      // A server that ends while we are connected is noticed by the query, or by its supervisor.
      client.on("error", () => undefined);
      try {
        await client.connect();
        const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [database]);
        if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
        return true;
      } catch (error) {
        const { code } = error as { code?: string };
        if (code === "ECONNREFUSED" || code === "ECONNRESET" || code === CANNOT_CONNECT_NOW) return false;
        throw error;
      } finally {
        await client.end();
      }
    },
    { signal },
  );
}

/**
 * PostgreSQL refuses to start while the process that postmaster.pid names is alive. Where that is a PostgreSQL of this
 * very data folder, left over, it is stopped; where the id now belongs to something else, the file is stale.
 */
async function clearPidFile(data: string): Promise<void> {
  const file = join(data, "postmaster.pid");
  const pid = Number(readIfPresent(file)?.split("\n")[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const isOurs = () => commandLine(pid).includes(data);
  if (isOurs()) {
    sendSignal(pid, "SIGINT");
    await waitUntil(() => !isOurs(), { signal: AbortSignal.timeout(20_000) });
  } else if (commandLine(pid) !== "") {
    rmSync(file, { force: true });
  }
}
