import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from "node:http2";
import type { Interruption } from "./http-call.ts";

/** What the SDK still needs, after a stream closed, to hand over an answer that it has read. */
const SETTLE_MS = 500;
/** Node tells here of every HTTP/2 request as it is made. */
const STREAM_CREATED = "http2.client.stream.created";

/**
 * One push of the SDK, which gives no handle on its request: how far it got, what was answered, and when to stop waiting.
 */
export class ApnsCall {
  /** The request stood ready on a connection, so that the server may have read it. */
  reached = false;
  /** Settles if the call has to be given up. */
  readonly interrupted: Promise<Interruption>;
  readonly #interrupt: (reason: Interruption) => void;
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;
  readonly #onClose: () => void;
  #stream: ClientHttp2Stream | null = null;
  /** Of the answer, which the SDK keeps to itself; null until they come. */
  #headers: IncomingHttpHeaders | null = null;
  #settling: NodeJS.Timeout | undefined;

  constructor(signal: AbortSignal) {
    const { promise, resolve } = Promise.withResolvers<Interruption>();
    this.interrupted = promise;
    this.#interrupt = resolve;
    this.#signal = signal;
    this.#onAbort = () => {
      if (this.#stream !== null) giveUp(this.#stream);
      resolve("deadline_exceeded");
    };
    this.#onClose = () => {
      this.#settling = setTimeout(() => this.#interrupt("connection_reset"), SETTLE_MS);
    };
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Of the answer; null until it comes. */
  get status(): number | null {
    const status = this.#headers?.[constants.HTTP2_HEADER_STATUS];
    return status === undefined ? null : Number(status);
  }

  get retryAfter(): unknown {
    return this.#headers?.["retry-after"];
  }

  /** Whether the server said that it did not look at the request, as it does when it is about to close a connection. */
  get refused(): boolean {
    return this.#headers === null && this.#stream?.rstCode === constants.NGHTTP2_REFUSED_STREAM;
  }

  use(stream: ClientHttp2Stream): void {
    this.#stream = stream;
    stream.once("ready", () => (this.reached = true));
    stream.once("response", (headers) => (this.#headers = headers));
    stream.once("close", this.#onClose);
  }

  end(): void {
    clearTimeout(this.#settling);
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#stream?.removeListener("close", this.#onClose);
  }
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

  close(): void {
    unsubscribe(STREAM_CREATED, this.#onCreated);
  }
}
