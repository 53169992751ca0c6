import net from "node:net";
import { mayCall, type Network } from "../domain/public-address.ts";
import { hostOf } from "../network/host-and-port.ts";

/**
 * Why a URL cannot be called, as far as it says itself: what a host's name leads to is looked at when it is called. Null
 * where nothing is against it.
 */
export function urlProblem(
  text: string,
  { allowed, plainHttp }: { allowed: readonly Network[]; plainHttp: boolean },
): string | null {
  const url = URL.parse(text);
  const schemes = plainHttp ? ["https:", "http:"] : ["https:"];
  if (url === null || !schemes.includes(url.protocol)) return plainHttp ? "must be https or http" : "must be https";
  if (url.username !== "" || url.password !== "") return "must not contain a user name or password";
  if (url.hash !== "") return "must not have a fragment";
  // However it is spelt: the parser has made it the usual form.
  const host = hostOf(url);
  return net.isIP(host) === 0 || mayCall(host, allowed) ? null : "must be a public address";
}
