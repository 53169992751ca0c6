import type { TestProject } from "vitest/node";
import { startPostgres } from "../support/services.ts";
import { provideServers } from "../support/shared-servers.ts";
import { POSTGRES_15, startPostgres15 } from "./postgres-15.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The superuser of PostgreSQL 15; empty where that is not installed. */
    postgres15AdminUrl: string;
  }
}

/** PostgreSQL 15 for all files of this project; where it is not installed, the one that the project brings. */
export default function setUp(project: TestProject): Promise<() => Promise<void>> {
  return provideServers(project, async (directory) => {
    if (POSTGRES_15.path === null) {
      project.provide("postgres15AdminUrl", "");
      return startPostgres(directory);
    }
    const server = await startPostgres15(POSTGRES_15.path, directory);
    project.provide("postgres15AdminUrl", server.adminUrl);
    return server;
  });
}
