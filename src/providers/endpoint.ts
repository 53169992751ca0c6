import net from "node:net";
import tls from "node:tls";

/** Where the connections of a provider go: its own host, or by scheme, host and port where the base URL says. */
export type Endpoint = {
  /** The provider's own host: a stand-in's certificate may name it. */
  host: string;
  baseUrl: URL | null;
  /** PEM; null: the system's authorities. */
  ca: string | null;
};

/** The stand-in may hold a certificate for its own name or for the provider's. */
export function redirection(baseUrl: URL, providerHost: string): tls.ConnectionOptions {
  const host = hostOf(baseUrl);
  return {
    host,
    port: portOf(baseUrl),
    // No IP address may be sent as a server name.
    servername: net.isIP(host) === 0 ? host : providerHost,
    checkServerIdentity: (_name, certificate) =>
      tls.checkServerIdentity(providerHost, certificate) && tls.checkServerIdentity(host, certificate),
  };
}

/** Without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

export function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "http:" ? 80 : 443;
}
