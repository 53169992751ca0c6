import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { CALL_DEADLINE_MS, type CallOutcome } from "../domain/outbound-policy.ts";
import { mayCall, type Network } from "../domain/public-address.ts";
import { connectionFailureIn } from "../network/connection-failure.ts";
import { hostOf } from "../network/host-and-port.ts";
import { retryAfterMs } from "../network/retry-after.ts";
import type { ResolveHost } from "./resolve-host.ts";

/** Of an answer that is read, and forgotten: enough for any page of errors. */
const MAX_ANSWER_BYTES = 64 * 1024;

export type EndpointCall = { url: string; headers: Record<string, string>; body: string };
/** Never throws: what went wrong is the outcome, in a word. */
export type CallEndpoint = (call: EndpointCall) => Promise<CallOutcome>;

export type CallEndpointOptions = {
  resolveHost: ResolveHost;
  /** Networks beside the public ones that may be called. */
  allowed: readonly Network[];
  /** Whether a URL may be http. */
  plainHttp: boolean;
  now: () => Date;
  /** In milliseconds. */
  deadlineMs?: number;
};

/**
 * Posts to a URL that somebody else has chosen. Its host is resolved once, every address of it must be one that we may
 * call, and the connection goes to those addresses and no others, with the host's name for TLS and in the request.
 * Redirects are not followed, since they lead elsewhere; nor are proxies used. What is answered is not kept.
 */
export function createCallEndpoint(options: CallEndpointOptions): CallEndpoint {
  return async (call) => {
    // One for all of it: resolving, connecting, sending and reading.
    const deadline = AbortSignal.timeout(options.deadlineMs ?? CALL_DEADLINE_MS);
    try {
      return await post(options, call, deadline);
    } catch (error) {
      return { result: "failed", code: codeOf(error, deadline), retryAfterMs: null };
    }
  };
}

class NotAllowed extends Error {}

async function post(options: CallEndpointOptions, call: EndpointCall, deadline: AbortSignal): Promise<CallOutcome> {
  const url = new URL(call.url);
  if (url.protocol !== "https:" && !(options.plainHttp && url.protocol === "http:")) throw new NotAllowed();
  // A look-up cannot be aborted; the call does not wait for it.
  const addresses = await Promise.race([options.resolveHost(hostOf(url)), whenAborted(deadline)]);
  if (addresses.length === 0 || !addresses.every((address) => mayCall(address, options.allowed)))
    throw new NotAllowed();
  const response = await request(url, call, pinnedTo(addresses), deadline);
  const { statusCode = 0, headers } = response;
  await readAndForget(response);
  const code = String(statusCode);
  if (statusCode >= 200 && statusCode < 300) return { result: "delivered", code };
  if (statusCode === 410) return { result: "gone", code };
  const asks = statusCode === 429 || statusCode === 503;
  const retryAfter = asks ? retryAfterMs(headers["retry-after"], options.now()) : undefined;
  return { result: "failed", code, retryAfterMs: retryAfter ?? null };
}

/** In the place of a second look-up, whose answer could be another one. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  return (_host, { all: wantsAll }, callback) => {
    const [first] = all;
    if (wantsAll === true) callback(null, all);
    else callback(null, first?.address ?? "", first?.family);
  };
}

function request(
  url: URL,
  { headers, body }: EndpointCall,
  lookup: LookupFunction,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const { request: open } = url.protocol === "http:" ? http : https;
  const length = String(Buffer.byteLength(body));
  // Without an agent: a connection of its own, which no setting of the environment sends through a proxy.
  open(url, {
    method: "POST",
    headers: { ...headers, "content-length": length, "user-agent": "Tidings" },
    agent: false,
    lookup,
    signal,
  })
    .on("response", resolve)
    .on("error", reject)
    .end(body);
  return promise;
}

/** The status has decided: however the rest of the answer ends, it is one. */
async function readAndForget(response: http.IncomingMessage): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) break;
    }
  } catch {
    // It broke off, or took too long.
  }
  response.destroy();
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
}

function codeOf(error: unknown, deadline: AbortSignal): string {
  if (error instanceof NotAllowed) return "address_not_allowed";
  if (deadline.aborted) return "timeout";
  return connectionFailureIn(error)?.code ?? "bad_answer";
}
