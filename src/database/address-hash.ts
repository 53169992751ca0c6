import { createHmac } from "node:crypto";
import type { Channel } from "../domain/channel.ts";
import { comparableAddress } from "../domain/contact.ts";

export type AddressHash = (channel: Channel, address: string) => Buffer;

/**
 * How an address is known where it must not be readable: 32 bytes of HMAC-SHA256 over `channel:address`, the same for
 * every spelling of the address. The secret is never rotated, else suppressions would be forgotten.
 */
export function createAddressHash(secret: string): AddressHash {
  return (channel, address) =>
    createHmac("sha256", secret)
      .update(`${channel}:${comparableAddress(channel, address)}`)
      .digest();
}
