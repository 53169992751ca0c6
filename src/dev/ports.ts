import { connect, createServer, type AddressInfo, type Server } from "node:net";
import type { WantedPort } from "./launcher-config.ts";
import { LauncherError } from "./launcher-error.ts";

/**
 * Makes sure that every port can be listened on, and finds a free one for each 0. They are held together while being
 * tried, so no two come out the same, and are free again on return.
 * @throws {LauncherError} naming the first taken port and the setting that moves it
 */
export async function settlePorts<Name extends string>(
  wanted: Partial<Record<Name, WantedPort>>,
): Promise<Record<Name, number>> {
  const held: Server[] = [];
  const settled: Partial<Record<Name, number>> = {};
  try {
    for (const name of Object.keys(wanted) as Name[]) {
      const server = await listen(wanted[name] as WantedPort);
      held.push(server);
      settled[name] = (server.address() as AddressInfo).port;
    }
  } finally {
    await Promise.all(held.map((server) => new Promise((closed) => server.close(closed))));
  }
  return settled as Record<Name, number>;
}

function listen(wanted: WantedPort): Promise<Server> {
  const { number, owner, setting } = wanted;
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      const what = error.code === "EADDRINUSE" ? "is taken" : `cannot be used (${error.code ?? error.message})`;
      reject(
        new LauncherError(
          `Port ${number} for ${owner} ${what}: stop what uses it, or set ${setting} to another port.`,
          { cause: error },
        ),
      );
    });
    server.listen(number, "127.0.0.1", () => resolve(server));
  });
}

/** Whether somebody accepts connections at `host:port`. */
export function isListening(address: string): Promise<boolean> {
  const separator = address.lastIndexOf(":");
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, separator), port: Number(address.slice(separator + 1)) });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
