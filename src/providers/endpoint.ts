import net from "node:net";
import tls from "node:tls";
import { hostOf, portOf } from "../network/host-and-port.ts";

/** Where the connections of a provider go: its own host, or by scheme, host and port where the base URL says. */
export type Endpoint = {
  /** The provider's own host: a stand-in's certificate may name it. */
  host: string;
  baseUrl: URL | null;
  /** PEM; null: the system's authorities. */
  ca: string | null;
};

/**
 * The options of a TLS connection that goes to the base URL instead of the provider's host. A stand-in there may hold a
 * certificate for its own name or for the provider's.
 */
export function redirection(baseUrl: URL, providerHost: string): tls.ConnectionOptions {
  const host = hostOf(baseUrl);
  return {
    host,
    port: portOf(baseUrl),
    // An IP address may not be sent as a server name (RFC 6066, section 3).
    servername: net.isIP(host) === 0 ? host : providerHost,
    checkServerIdentity: (_name, certificate) =>
      tls.checkServerIdentity(providerHost, certificate) && tls.checkServerIdentity(host, certificate),
  };
}
