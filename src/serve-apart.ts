import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";

/**
 * Serves something on a port of its own, for supervisors and scrapers; nothing where no port is given.
 * @throws {Error} when the port is taken
 */
export async function serveApart(
  app: RequestListener,
  { port, host }: { port: number | null; host: string },
): Promise<{ close(): Promise<void> }> {
  if (port === null) return { close: () => Promise.resolve() };
  const server = createServer(app).listen(port, host);
  await once(server, "listening");
  return {
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
