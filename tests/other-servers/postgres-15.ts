import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { postgresUser } from "../../src/dev/postgres-home.ts";
import { findProgram, type OutsideTool } from "../support/find-program.ts";
import { freePort } from "../support/processes.ts";
import { waitFor } from "../support/wait-for.ts";

/** Debian keeps each major version in a folder of its own and puts none on the PATH, so the path is the version. */
const SERVER = "/usr/lib/postgresql/15/bin/postgres";

/** The oldest PostgreSQL that will do. */
export const POSTGRES_15: OutsideTool = { name: "postgresql-15", path: findProgram([SERVER], [""]) };

/**
 * A server with the settings that the package has, and its data in `directory`. `url` is for a role that may make
 * databases and owns what it makes, but is no superuser; `adminUrl` is the superuser's.
 */
export async function startPostgres15(server: string, directory: string) {
  const account = postgresUser();
  const as = account === null ? {} : { uid: account.uid, gid: account.gid };
  const [data, passwordFile] = [join(directory, "postgres-15"), join(directory, "postgres-15-password")];
  const password = randomBytes(16).toString("hex");
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  for (const path of [directory, data, passwordFile]) if (account !== null) chownSync(path, account.uid, account.gid);
  const initialize = ["-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-A", "scram-sha-256"];
  const initdb = join(dirname(server), "initdb");
  execFileSync(initdb, [...initialize, `--pwfile=${passwordFile}`], { cwd: directory, stdio: "ignore", ...as });

  const port = await freePort();
  const settings = ["-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${directory}`];
  const child = spawn(server, ["-D", data, "-p", String(port), ...settings], {
    ...{ cwd: directory, stdio: ["ignore", "ignore", "pipe"] },
    ...as,
  });
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => (output += String(chunk)));
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const adminUrl = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  await waitFor("PostgreSQL 15 to answer", () => {
    if (ended()) throw new Error(`PostgreSQL 15 ended instead of serving: ${output}`);
    return makeRole(adminUrl, password);
  });
  return {
    adminUrl,
    url: `postgres://tests:${password}@127.0.0.1:${port}/tests`,
    stop: async () => {
      child.kill("SIGINT"); // ends without waiting for clients
      if (!ended()) await once(child, "exit");
    },
  };
}

async function makeRole(adminUrl: string, password: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: adminUrl });
  try {
    await client.connect();
  } catch {
    return false; // not yet
  }
  await client.query(`CREATE ROLE tests LOGIN CREATEDB PASSWORD '${password}'`);
  await client.query("CREATE DATABASE tests OWNER tests");
  await client.end();
  return true;
}
