import { once } from "node:events";
import type { Server } from "node:http";
import { ConfigError } from "../config.ts";

export type ListenAt = {
  /** The variable that says the port, for who has to choose another one. */
  variable: string;
  port: number;
  host: string;
};

/** @throws {ConfigError} naming the variable, where the port is taken or the address is not of this machine */
export async function listen(server: Server, { variable, port, host }: ListenAt): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "EADDRINUSE" ? "another process already does" : (code ?? message);
    const wrong = code === "EADDRINUSE" || code === "EACCES" ? variable : "HOST";
    throw new ConfigError(`${wrong}: cannot listen on ${host}:${port} (${why}).`, { cause: error });
  }
}
