import { AsyncLocalStorage } from "node:async_hooks";
import https from "node:https";
import net from "node:net";
import type { Duplex } from "node:stream";
import { type Endpoint, hostOf, portOf, redirection } from "./endpoint.ts";
import { ProviderError } from "./provider.ts";

/** What an SDK still needs, after its connection closed, to hand over an answer that it has read. */
const SETTLE_MS = 500;
/** Sooner than load balancers hang up: a request that meets the end of its connection would be in doubt. */
const IDLE_MS = 30_000;

export type Interruption = "deadline_exceeded" | "connection_reset";

/**
 * One call of an SDK over HTTP, which says little of how far a request got: whether it can have reached the server, and
 * when to stop waiting for it.
 */
export class HttpCall {
  /** A connection stood ready for the request, so that the server may have read it. */
  reached = false;
  /** Settles if the call has to be given up. An SDK alone may wait for ever for a response that broke off. */
  readonly interrupted: Promise<Interruption>;
  readonly #interrupt: (reason: Interruption) => void;
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;
  readonly #onClose: () => void;
  #socket: Duplex | null = null;
  #settling: NodeJS.Timeout | undefined;
  #over = false;

  constructor(signal: AbortSignal) {
    const { promise, resolve } = Promise.withResolvers<Interruption>();
    this.interrupted = promise;
    this.#interrupt = resolve;
    this.#signal = signal;
    this.#onAbort = () => {
      this.#over = true;
      this.#socket?.destroy();
      resolve("deadline_exceeded");
    };
    this.#onClose = () => {
      if (!this.reached) return; // the SDK reports what kept the connection from opening
      this.#settling = setTimeout(() => this.#interrupt("connection_reset"), SETTLE_MS);
    };
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Whether the call was given up or has ended: nothing may be sent for it any more. */
  get over(): boolean {
    return this.#over;
  }

  use(socket: Duplex, ready: "now" | "connect" | "secureConnect"): void {
    this.#socket = socket;
    if (ready === "now") this.reached = true;
    else socket.once(ready, () => (this.reached = true));
    socket.once("close", this.#onClose);
  }

  /** Lets go of a connection that others will use after this call. */
  end(): void {
    this.#over = true;
    clearTimeout(this.#settling);
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#socket?.removeListener("close", this.#onClose);
  }
}

/**
 * Opens or reuses the connections of an SDK and tells the call that each one serves. SDKs take it for an agent of HTTPS
 * in every case; where the base URL is plain HTTP, so are its connections.
 */
export class HttpAgent extends https.Agent {
  readonly #calls = new AsyncLocalStorage<HttpCall>();
  readonly #endpoint: Endpoint;

  /** @param idleMs after how many milliseconds a connection that is not used is closed */
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

/**
 * Makes one call of an SDK and ends it when `signal` is aborted, or after `timeoutMs`, whatever comes first. The second
 * should be the first: only here is it known whether a request that has to be given up was ever sent.
 * @param errorOf translates what the SDK threw
 * @throws {ProviderError}
 */
export async function callOnce<Result>(
  agent: HttpAgent,
  options: { signal: AbortSignal; timeoutMs: number },
  work: () => Promise<Result>,
  errorOf: (error: unknown, reached: boolean) => ProviderError,
): Promise<Result> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
  if (signal.aborted) throw new ProviderError("transient", { code: "deadline_exceeded" });
  const call = new HttpCall(signal);
  try {
    return await Promise.race([
      agent.run(call, work),
      call.interrupted.then((reason) => {
        throw new ProviderError(call.reached ? "ambiguous" : "transient", { code: reason });
      }),
    ]);
  } catch (error) {
    throw error instanceof ProviderError ? error : errorOf(error, call.reached);
  } finally {
    call.end();
  }
}
