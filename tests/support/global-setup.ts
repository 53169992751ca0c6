import type { TestProject } from "vitest/node";
import { startPostgres } from "./services.ts";
import { provideServers } from "./shared-servers.ts";

/** TIDINGS_TEST_POSTGRES_URL names a server that runs already, to be used instead of one of its own. */
export default function setUp(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env.TIDINGS_TEST_POSTGRES_URL;
  return provideServers(
    project,
    url === undefined ? startPostgres : () => Promise.resolve({ url, stop: async () => {} }),
  );
}
