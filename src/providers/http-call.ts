import type { Duplex } from "node:stream";
import { CallInterruption, type InterruptionReason } from "./call-interruption.ts";

/**
 * One call of an SDK over HTTP, which says little of how far a request got: whether it can have reached the server, and
 * when to stop waiting for it.
 */
export class HttpCall {
  /** A connection stood ready for the request, so that the server may have read it. */
  reached = false;
  readonly #interruption: CallInterruption;
  #socket: Duplex | null = null;
  #over = false;

  /** @param signal aborted at the deadline */
  constructor(signal: AbortSignal) {
    this.#interruption = new CallInterruption(signal, () => {
      this.#over = true;
      this.#socket?.destroy();
    });
  }

  /** Settles if the call has to be given up. */
  get interrupted(): Promise<InterruptionReason> {
    return this.#interruption.reason;
  }

  /** Whether the call was given up or has ended: nothing may be sent for it any more. */
  get over(): boolean {
    return this.#over;
  }

  /** @param ready at which event of the connection a request can go out on it */
  use(socket: Duplex, ready: "now" | "connect" | "secureConnect"): void {
    this.#socket = socket;
    if (ready === "now") this.reached = true;
    else socket.once(ready, () => (this.reached = true));
    socket.once("close", this.#onClose);
  }

  /** Lets go of a connection that others will use after this call. */
  end(): void {
    this.#over = true;
    this.#interruption.end();
    this.#socket?.removeListener("close", this.#onClose);
  }

  readonly #onClose = (): void => {
    // What keeps a connection from opening is reported by the SDK.
    if (this.reached) this.#interruption.connectionClosed();
  };
}
