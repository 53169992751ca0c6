/** What an SDK still needs, after its connection closed, to hand over an answer that it has read. */
const SETTLE_MS = 500;

/** Why a call was given up. */
export type InterruptionReason = "deadline_exceeded" | "connection_reset";

/**
 * The end of a call that its SDK may never settle by itself: some wait for ever for a response that broke off. It comes
 * at the deadline, or shortly after the connection of the call has closed.
 */
export class CallInterruption {
  /** Settles if the call has to be given up. */
  readonly reason: Promise<InterruptionReason>;
  readonly #interrupt: (reason: InterruptionReason) => void;
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;
  #settling: NodeJS.Timeout | undefined;

  /**
   * @param signal aborted at the deadline
   * @param onDeadline lets go of what the call is doing
   */
  constructor(signal: AbortSignal, onDeadline: () => void) {
    const { promise, resolve } = Promise.withResolvers<InterruptionReason>();
    this.reason = promise;
    this.#interrupt = resolve;
    this.#signal = signal;
    this.#onAbort = () => {
      onDeadline();
      resolve("deadline_exceeded");
    };
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** To be told when the connection has closed. */
  connectionClosed(): void {
    this.#settling ??= setTimeout(() => this.#interrupt("connection_reset"), SETTLE_MS);
  }

  /** The call is settled: there is nothing left to interrupt. */
  end(): void {
    clearTimeout(this.#settling);
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}
