import ipaddr from "ipaddr.js";

/** A range of addresses, as `10.1.0.0/16` or `fd00::/8` name it. */
export type Network = { address: ipaddr.IPv4 | ipaddr.IPv6; bits: number };

/** Public by their range, and yet an address of the host's own cloud: Azure's. */
const NOT_PUBLIC = ["168.63.129.16/32"].map(networkOf);
/** All that is given out of IPv6 (RFC 4291, section 2.4); what the library does not know is not public. */
const GIVEN_OUT = networkOf("2000::/3");

/** @throws {Error} where it names none */
export function networkOf(text: string): Network {
  const [address, bits] = ipaddr.parseCIDR(text);
  return { address, bits };
}

/**
 * Whether requests that others ask for may go to this address: to public ones, and to those of the networks that are
 * allowed. Private ones, our own host, the link, those of clouds' metadata, and the ways to write one of them within an
 * IPv6 address are not public.
 */
export function mayCall(address: string, allowed: readonly Network[]): boolean {
  // Nothing but the usual spellings: 010.0.0.1 and 127.1 are read differently by different readers.
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false;
  // An IPv4 address that is written as IPv6 is what it means.
  const parsed = ipaddr.process(address);
  return allowed.some((network) => within(parsed, network)) || isPublic(parsed);
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== "unicast" || NOT_PUBLIC.some((network) => within(address, network))) return false;
  return address.kind() === "ipv4" || within(address, GIVEN_OUT);
}

function within(address: ipaddr.IPv4 | ipaddr.IPv6, network: Network): boolean {
  return address.kind() === network.address.kind() && address.match(network.address, network.bits);
}
