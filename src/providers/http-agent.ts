import { AsyncLocalStorage } from "node:async_hooks";
import https from "node:https";
import net from "node:net";
import type { Duplex } from "node:stream";
import { hostOf, portOf } from "../network/host-and-port.ts";
import { type Endpoint, redirection } from "./endpoint.ts";
import type { HttpCall } from "./http-call.ts";

/** Sooner than load balancers hang up: a request that meets the end of its connection would be in doubt. */
const IDLE_MS = 30_000;

/**
 * Opens or reuses the connections of an SDK and tells the call that each one serves. SDKs take it for an agent of HTTPS
 * in every case; where the base URL is plain HTTP, so are its connections.
 */
export class HttpAgent extends https.Agent {
  readonly #calls = new AsyncLocalStorage<HttpCall>();
  readonly #endpoint: Endpoint;

  /** @param idleMs after how many milliseconds a connection that is not used is closed; default 30,000 */
  constructor(endpoint: Endpoint, idleMs = IDLE_MS) {
    super({ keepAlive: true, timeout: idleMs });
    this.#endpoint = endpoint;
  }

  /** Everything that `work` sends through this agent belongs to the call. */
  run<Result>(call: HttpCall, work: () => Promise<Result>): Promise<Result> {
    return this.#calls.run(call, work);
  }

  /** The base URL as SDKs have to be told it: HTTPS in every case, and without a slash at its end. */
  static sdkUrl(baseUrl: URL): string {
    // Port 80 goes unsaid where the scheme implies it.
    const authority = baseUrl.port === "" && baseUrl.protocol === "http:" ? `${baseUrl.host}:80` : baseUrl.host;
    return `https://${authority}${baseUrl.pathname.replace(/\/+$/, "")}`;
  }

  override createConnection(
    options: https.RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const call = this.#calls.getStore();
    // The deadline passed while the SDK was busy with something else, such as fetching an access token.
    if (call?.over === true) throw new Error("The call was given up before its connection was opened.");
    const { baseUrl, ca } = this.#endpoint;
    if (baseUrl?.protocol === "http:") {
      const socket = net.connect({ host: hostOf(baseUrl), port: portOf(baseUrl) });
      call?.use(socket, "connect");
      return socket;
    }
    const socket = super.createConnection(
      {
        ...options,
        ...(baseUrl === null ? {} : redirection(baseUrl, this.#endpoint.host)),
        ...(ca === null ? {} : { ca }),
      },
      callback,
    );
    if (socket) call?.use(socket, "secureConnect");
    return socket;
  }

  override reuseSocket(...[socket, request]: Parameters<https.Agent["reuseSocket"]>): void {
    const call = this.#calls.getStore();
    if (call?.over === true) request.destroy(new Error("The call was given up before it was sent."));
    else call?.use(socket, "now");
    super.reuseSocket(socket, request);
  }
}
