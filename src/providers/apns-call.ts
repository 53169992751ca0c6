import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from "node:http2";
import { CallInterruption, type InterruptionReason } from "./call-interruption.ts";

/** Node tells here of every HTTP/2 request as it is made: https://nodejs.org/api/diagnostics_channel.html */
const STREAM_CREATED = "http2.client.stream.created";

/**
 * One push of the SDK, which gives no handle on its request: how far it got, what was answered, and when to stop waiting.
 */
export class ApnsCall {
  /** The request stood ready on a connection, so that the server may have read it. */
  reached = false;
  readonly #interruption: CallInterruption;
  #stream: ClientHttp2Stream | null = null;
  /** Of the answer, which the SDK keeps to itself; null until they come. */
  #headers: IncomingHttpHeaders | null = null;

  /** @param signal aborted at the deadline */
  constructor(signal: AbortSignal) {
    this.#interruption = new CallInterruption(signal, () => {
      if (this.#stream !== null) giveUp(this.#stream);
    });
  }

  /** Settles if the call has to be given up. */
  get interrupted(): Promise<InterruptionReason> {
    return this.#interruption.reason;
  }

  /** Of the answer; null until it comes. */
  get status(): number | null {
    const status = this.#headers?.[constants.HTTP2_HEADER_STATUS];
    return status === undefined ? null : Number(status);
  }

  /** Of the answer: the header as it came. */
  get retryAfter(): unknown {
    return this.#headers?.["retry-after"];
  }

  /** Whether the server said that it did not look at the request, as it does when it is about to close a connection. */
  get refused(): boolean {
    return this.#headers === null && this.#stream?.rstCode === constants.NGHTTP2_REFUSED_STREAM;
  }

  use(stream: ClientHttp2Stream): void {
    this.#stream = stream;
    // On a connection that is open already it is ready at once.
    if (stream.pending) stream.once("ready", () => (this.reached = true));
    else this.reached = true;
    stream.once("response", (headers) => (this.#headers = headers));
    stream.once("close", this.#onClose);
  }

  end(): void {
    this.#interruption.end();
    this.#stream?.removeListener("close", this.#onClose);
  }

  readonly #onClose = (): void => this.#interruption.connectionClosed();
}

/** A connection on which an answer stayed away may be dead without knowing it, so the next push opens another one. */
function giveUp(stream: ClientHttp2Stream): void {
  const { session } = stream;
  // One that waits for its connection is never sent; one that was sent is taken back.
  if (stream.pending) stream.destroy();
  else stream.close(constants.NGHTTP2_CANCEL);
  if (session?.connecting === true) session.destroy();
  else session?.close();
}

/** Finds the request that belongs to a call of the SDK. */
export class ApnsCalls {
  readonly #calls = new AsyncLocalStorage<ApnsCall>();
  readonly #onCreated = (message: unknown): void => {
    this.#calls.getStore()?.use((message as { stream: ClientHttp2Stream }).stream);
  };

  constructor() {
    subscribe(STREAM_CREATED, this.#onCreated);
  }

  /** Every request that `work` makes belongs to the call. */
  run<Result>(call: ApnsCall, work: () => Promise<Result>): Promise<Result> {
    return this.#calls.run(call, work);
  }

  /** Hears of no request any more. */
  close(): void {
    unsubscribe(STREAM_CREATED, this.#onCreated);
  }
}
