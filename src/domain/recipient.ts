import type { Channel } from "./channel.ts";
import { countryOf } from "./country.ts";

/** Who a notification is for: somebody in the contact book, or an address that the request itself brings. */
export type Recipient =
  /** `all`: every active phone number and mailbox, instead of the primary one. Push always goes to every device. */
  | { userId: string; contacts?: "primary" | "all" | undefined }
  | { email: string }
  | { phone: string }
  | { deviceToken: string; channel: "apns" | "fcm"; app: string | null };

export type InlineAddress = {
  channel: Channel;
  address: string;
  app: string | null;
  /** Of a phone number, where it has one. */
  country: string | null;
};

/** The address that the request brings, or null where it names a user. */
export function inlineAddress(to: Recipient): InlineAddress | null {
  if ("userId" in to) return null;
  if ("email" in to) return { channel: "email", address: to.email, app: null, country: null };
  if ("phone" in to) return { channel: "sms", address: to.phone, app: null, country: countryOf(to.phone) };
  return { channel: to.channel, address: to.deviceToken, app: to.app, country: null };
}

/** Whom a decision is about. Addresses themselves stay out of it. */
export type Addressee = {
  /** Null: the request brings an address. */
  userId: string | null;
  /** The hash in hex; the country of a phone number, where it has one. */
  inline: { channel: Channel; addressHash: string; country: string | null } | null;
};

export function addresseeOf(to: Recipient, hash: (channel: Channel, address: string) => Buffer): Addressee {
  const given = inlineAddress(to);
  if (given === null) return { userId: userOf(to), inline: null };
  const { channel, address, country } = given;
  return { userId: null, inline: { channel, addressHash: hash(channel, address).toString("hex"), country } };
}

/** The user that the request names, or null. */
export function userOf(to: Recipient): string | null {
  return "userId" in to ? to.userId : null;
}
