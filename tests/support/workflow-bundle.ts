import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/**
 * Bundles the workflow code once for all workers that the tests start, by the command that a deployment would use.
 * TIDINGS_TEST_WORKFLOW_BUNDLE names the file, to them and to the other projects' set-up.
 */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.TIDINGS_TEST_WORKFLOW_BUNDLE !== undefined) return undefined;
  const directory = await mkdtemp(join(tmpdir(), "tidings-test-bundle-"));
  const file = join(directory, "workflow-bundle.js");
  const command = fileURLToPath(new URL("../../src/bundle-workflows.ts", import.meta.url));
  await promisify(execFile)(process.execPath, [command, file]);
  process.env.TIDINGS_TEST_WORKFLOW_BUNDLE = file;
  return async () => {
    delete process.env.TIDINGS_TEST_WORKFLOW_BUNDLE;
    await rm(directory, { recursive: true });
  };
}
