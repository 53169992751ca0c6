import type { HttpAgent } from "./http-agent.ts";
import { HttpCall } from "./http-call.ts";
import { ProviderError } from "./provider.ts";

/**
 * Makes one call of an SDK over HTTP and ends it when `signal` is aborted, or after `timeoutMs`, whatever comes first.
 * The second should be the first: only here is it known whether a request that has to be given up was ever sent.
 * @param errorOf translates what the SDK threw; `reached` says whether the server may have read the request
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
