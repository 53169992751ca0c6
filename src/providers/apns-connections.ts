import net from "node:net";
import tls from "node:tls";
import { hostOf, portOf } from "../network/host-and-port.ts";
import { type Endpoint, redirection } from "./endpoint.ts";

/** The SDK's connections. It would keep those that one side has ended until the other does as well. */
export class ApnsConnections {
  readonly #open = new Set<net.Socket>();
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  open(): net.Socket {
    const { host, baseUrl, ca } = this.#endpoint;
    const socket =
      baseUrl?.protocol === "http:"
        ? net.connect({ host: hostOf(baseUrl), port: portOf(baseUrl) })
        : tls.connect({
            ALPNProtocols: ["h2"],
            ...(baseUrl === null ? { host, port: 443, servername: host } : redirection(baseUrl, host)),
            ...(ca === null ? {} : { ca }),
          });
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    return socket;
  }

  /** Breaks off what is still open. */
  close(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
