import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "../../src/database/migrate.ts";
import { setUpTemporal } from "../../src/temporal/set-up.ts";
import { type Service, startPostgres, startTemporal } from "./services.ts";
import { startSystem, type System, type SystemOptions } from "./system.ts";

/** A system, and servers that nobody else uses, so that they may be killed. */
export type OwnServers = {
  system: System;
  postgres: Service;
  temporal: Service;
  /** Ends all of it, and leaves nothing behind. */
  stop(): Promise<void>;
};

/** @param name of the namespace, and in the name of the folder that holds the data */
export async function startOwnServers(name: string, options: Omit<SystemOptions, "servers"> = {}): Promise<OwnServers> {
  const directory = await mkdtemp(join(tmpdir(), `tidings-${name}-`));
  const [postgres, temporal] = await Promise.all([startPostgres(directory), startTemporal(directory)]);
  await migrate(postgres.url, () => undefined);
  await setUpTemporal({ connection: { address: temporal.address }, namespace: name, log: () => undefined });
  const database = { url: postgres.url, drop: () => Promise.resolve() };
  const servers = { database, temporal: { address: temporal.address, namespace: name } };
  const system = await startSystem({ ...options, servers });
  return {
    system,
    postgres,
    temporal,
    async stop() {
      await system.stop();
      await Promise.all([postgres.stop(), temporal.stop()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
