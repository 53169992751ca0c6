import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { migrate } from "../../src/database/migrate.ts";
import { freePort } from "./processes.ts";
import { startTemporal } from "./services.ts";

declare module "vitest" {
  interface ProvidedContext {
    postgresUrl: string;
    templateDatabase: string;
    temporalAddress: string;
    /** Temporal's Web UI, and the port on which it expects the API; null where the Temporal was given. */
    webUi: { url: string; apiPort: number } | null;
  }
}

const TEMPLATE = "tidings_test_template";

type Server = { url: string; stop: () => Promise<void> };

/**
 * One PostgreSQL and one Temporal for all test files of a project; each file takes a database and a namespace of its own.
 * TIDINGS_TEST_TEMPORAL_ADDRESS names a Temporal that runs already, to be used instead.
 * @param startPostgres is given a directory for its data; the role of its URL may make databases
 */
export async function provideServers(
  project: TestProject,
  startPostgres: (directory: string) => Promise<Server>,
): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "tidings-test-services-"));
  // A directory each: whoever runs PostgreSQL must own its own.
  const postgresDirectory = await mkdtemp(join(tmpdir(), "tidings-test-postgres-"));
  const givenTemporal = process.env.TIDINGS_TEST_TEMPORAL_ADDRESS;
  const apiPort = await freePort();
  const [postgres, temporal] = await Promise.all([
    startPostgres(postgresDirectory),
    givenTemporal === undefined ? startTemporal(directory, undefined, apiPort) : null,
  ]);
  await makeTemplate(postgres.url);
  project.provide("postgresUrl", postgres.url);
  project.provide("templateDatabase", TEMPLATE);
  project.provide("temporalAddress", temporal?.address ?? givenTemporal ?? "");
  project.provide("webUi", temporal === null ? null : { url: temporal.uiUrl, apiPort });
  return async () => {
    await Promise.all([postgres.stop(), temporal?.stop()]);
    for (const used of [directory, postgresDirectory]) await rm(used, { recursive: true, force: true });
  };
}

async function makeTemplate(postgresUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${TEMPLATE} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${TEMPLATE}`);
  await client.end();
  const url = new URL(postgresUrl);
  url.pathname = `/${TEMPLATE}`;
  await migrate(url.href, () => undefined);
}
