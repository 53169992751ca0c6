import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { migrate } from "../../src/database/migrate.ts";
import { startPostgres, startTemporal } from "./services.ts";

declare module "vitest" {
  interface ProvidedContext {
    postgresUrl: string;
    templateDatabase: string;
    temporalAddress: string;
  }
}

const TEMPLATE = "tidings_test_template";

/**
 * One PostgreSQL and one Temporal for all test files; each file takes a database and a namespace of its own.
 * TIDINGS_TEST_POSTGRES_URL and TIDINGS_TEST_TEMPORAL_ADDRESS name servers that run already, to be used instead.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "tidings-test-services-"));
  const given = {
    postgresUrl: process.env.TIDINGS_TEST_POSTGRES_URL,
    temporalAddress: process.env.TIDINGS_TEST_TEMPORAL_ADDRESS,
  };
  const [postgres, temporal] = await Promise.all([
    given.postgresUrl === undefined ? startPostgres(directory) : null,
    given.temporalAddress === undefined ? startTemporal(directory) : null,
  ]);
  const postgresUrl = postgres?.url ?? given.postgresUrl ?? "";
  await makeTemplate(postgresUrl);
  project.provide("postgresUrl", postgresUrl);
  project.provide("templateDatabase", TEMPLATE);
  project.provide("temporalAddress", temporal?.address ?? given.temporalAddress ?? "");
  return async () => {
    await Promise.all([postgres?.stop(), temporal?.stop()]);
    await rm(directory, { recursive: true, force: true });
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
