import { Resolver } from "node:dns/promises";
import net from "node:net";

/** All addresses of a host. @throws {Error} where it has none, or nobody says in time */
export type ResolveHost = (host: string) => Promise<string[]>;

const TRY_FOR_MS = 2_000;
const TRIES = 2;
/** Names of this host itself (RFC 6761, section 6.3), which DNS does not know. */
const LOCALHOST = /^(?:.+\.)?localhost\.?$/i;

/**
 * Asks DNS, on sockets of its own. The system's own look-up reads /etc/hosts too, but it works on a few threads that the
 * whole process shares: names that do not answer would hold up every other connection.
 */
export function createResolveHost(): ResolveHost {
  const resolver = new Resolver({ timeout: TRY_FOR_MS, tries: TRIES });
  return async (host) => {
    if (net.isIP(host) !== 0) return [host];
    if (LOCALHOST.test(host)) return ["127.0.0.1", "::1"];
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    if (addresses.length > 0) return addresses;
    throw Object.assign(new Error("the name of the host has no address"), { code: "ENOTFOUND" });
  };
}
