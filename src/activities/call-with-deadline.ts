import { type Accepted, ProviderError } from "../providers/provider.ts";

/** How long a provider may take, after it was told to stop, to say that the message certainly did not leave. */
export const DEADLINE_GRACE_MS = 500;

/**
 * One provider call with a hard limit, as a value: the attempt must be closed whatever happens. A call that is still
 * out at the deadline is aborted; unless it then says better, whether it arrived is unknown.
 */
export async function callWithDeadline(
  deadlineMs: number,
  call: (signal: AbortSignal) => Promise<Accepted>,
): Promise<Accepted | ProviderError> {
  const controller = new AbortController();
  const deadline = Promise.withResolvers<ProviderError>();
  const giveUp = () => deadline.resolve(new ProviderError("ambiguous", { code: "deadline_exceeded" }));
  let timer = setTimeout(() => {
    controller.abort();
    timer = setTimeout(giveUp, DEADLINE_GRACE_MS);
  }, deadlineMs);
  try {
    return await Promise.race([settled(call(controller.signal)), deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function settled(call: Promise<Accepted>): Promise<Accepted | ProviderError> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    // A bug in an adapter: nothing is known of the message, and the error's text may quote an address.
    return new ProviderError("ambiguous", { code: "adapter_error", alertOperator: true });
  }
}
