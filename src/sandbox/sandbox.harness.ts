import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll } from "vitest";
import { type Sandbox, startSandbox } from "./start-sandbox.ts";

/** Options of a sandbox that is in nobody's way. */
const ANY_PORTS = { port: 0, smtpPort: 0, fcmPort: 0 };

/**
 * Starts a sandbox for the tests of a file, in a directory of its own, and hands it over before the first of them. After
 * each test its rules and messages are gone.
 */
export function useSandbox(take: (sandbox: Sandbox, directory: string) => void): void {
  let sandbox: Sandbox;
  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), "tidings-sandbox-"));
    sandbox = await startSandbox({ ...ANY_PORTS, directory });
    take(sandbox, directory);
    return async () => {
      await sandbox.close();
      await rm(directory, { recursive: true });
    };
  });
  afterEach(async () => {
    await fetch(`${sandbox.url}/rules`, { method: "DELETE" });
    await fetch(`${sandbox.url}/messages`, { method: "DELETE" });
  });
}
