import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { listen, type ListenAt } from "./listen.ts";

/**
 * Serves something on a port of its own, for supervisors and scrapers; nothing where no port is given.
 * @throws {ConfigError} when the port is taken
 */
export async function serveApart(
  app: RequestListener,
  { port, ...at }: Omit<ListenAt, "port"> & { port: number | null },
): Promise<{ close(): Promise<void> }> {
  if (port === null) return { close: () => Promise.resolve() };
  const server = createServer(app);
  await listen(server, { port, ...at });
  return {
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
