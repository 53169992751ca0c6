import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "./processes.ts";

/** What stands between the service and a provider: a network that can be taken away. */
export type Relay = {
  port: number;
  /** Connections break off, and new ones are refused. */
  down(): Promise<void>;
  /** Takes connections again, on the same port. */
  up(): Promise<void>;
};

/** Listens on a free port of loopback and passes everything on to another one. */
export async function startRelay(targetPort: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  const port = await freePort();

  const relay: Omit<Relay, "port"> = {
    async up() {
      server = createServer((client) => {
        const target = connect(targetPort, "127.0.0.1");
        for (const [one, other] of [
          [client, target],
          [target, client],
        ] as const) {
          sockets.add(one);
          one.pipe(other);
          one.on("error", () => undefined);
          one.once("close", () => {
            sockets.delete(one);
            other.destroy();
          });
        }
      });
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
    },
    async down() {
      const closing = server;
      if (closing === null) return;
      server = null;
      const closed = once(closing, "close");
      closing.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  await relay.up();
  return { ...relay, port };
}
