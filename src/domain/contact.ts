import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { z } from "zod";
import type { Channel } from "./channel.ts";

// RFC 5321 without the forms that nobody uses (quotes, comments, address literals), which are where injections hide.
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])$/;
// Beyond ASCII only letters, digits and marks: whatever else a URL would read into a name is no part of one.
const INTERNATIONAL_DOMAIN = /^[\p{L}\p{M}\p{N}.-]+$/u;
const MAX_EMAIL = 254;
const MAX_LOCAL_PART = 64;

const APNS_TOKEN = /^([0-9A-Fa-f]{2}){4,256}$/;
// FCM gives no length; PostgreSQL's indexes end at 2,704 bytes, and tokens are about 200.
const FCM_TOKEN = /^[\x21-\x7e]{1,2000}$/;

/** Checks an address and spells it as it is kept, or null where it is none. */
type Normalise = (address: string) => string | null;

/** `pattern` is what every address of the channel matches, for callers; `normalise` decides. */
const RULES: Record<Channel, { normalise: Normalise; message: string; pattern: string }> = {
  email: {
    pattern: String.raw`^[^@\s]{1,64}@[^@\s]{3,}$`,
    message: "must be an email address such as mina@example.com",
    normalise(address) {
      const at = address.lastIndexOf("@");
      if (at < 1) return null;
      const [local, domain] = [address.slice(0, at), asciiDomain(address.slice(at + 1))];
      const valid = local.length <= MAX_LOCAL_PART && LOCAL_PART.test(local) && DOMAIN.test(domain);
      const normalised = `${local}@${domain}`;
      return valid && normalised.length <= MAX_EMAIL ? normalised : null;
    },
  },
  sms: {
    pattern: String.raw`^\+`,
    message: "must be a phone number with its country code, such as +821012345678",
    normalise(address) {
      const number = address.startsWith("+") ? parsePhoneNumberFromString(address, { extract: false }) : undefined;
      return number?.isPossible() === true && number.ext === undefined ? number.number : null;
    },
  },
  apns: {
    pattern: APNS_TOKEN.source,
    message: "must be a device token in hexadecimal",
    normalise: (address) => (APNS_TOKEN.test(address) ? address.toLowerCase() : null),
  },
  fcm: {
    pattern: FCM_TOKEN.source,
    message: "must be a registration token: 1 to 2000 visible ASCII characters",
    normalise: (address) => (FCM_TOKEN.test(address) ? address : null),
  },
};

/**
 * A domain as DNS and every mail server know it: in lower case, and where it is international, in Punycode (RFC 5891 by
 * way of UTS 46). Empty, or as it was, where it is none.
 */
export function asciiDomain(domain: string): string {
  // The domain never distinguishes case; the local part may.
  if (!INTERNATIONAL_DOMAIN.test(domain) || /^[A-Za-z0-9.-]*$/.test(domain)) return domain.toLowerCase();
  return URL.parse(`http://${domain}`)?.hostname ?? "";
}

/** The address as it is kept and sent to (E.164, lower-case domain or token), or null where it is none. */
export function normaliseAddress(channel: Channel, address: string): string | null {
  return RULES[channel].normalise(address);
}

/**
 * What two spellings of the same mailbox or phone have in common; used for hashes only. Mailboxes that differ in case
 * only are one: hardly any server tells them apart, and a suppression must not be passed by with a capital letter.
 */
export function comparableAddress(channel: Channel, address: string): string {
  const normalised = normaliseAddress(channel, address) ?? address;
  return channel === "email" ? normalised.toLowerCase() : normalised;
}

/** Takes any spelling of an address of the channel, and gives it back normalised. */
export function addressSchema(channel: Channel) {
  const { message, pattern } = RULES[channel];
  // Not a transform: a union would then say that the form of the recipient is wrong, and not its address.
  return z
    .string()
    .refine((address) => normaliseAddress(channel, address) !== null, message)
    .overwrite((address) => normaliseAddress(channel, address) ?? address)
    .meta({ description: message.replace(/^must be an? /, ""), pattern });
}

/** The app that a device token belongs to; its bundle or package id. */
export const appSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/, "must be the app's bundle or package id")
  .nullish()
  .transform((app) => app ?? null)
  .meta({ description: "The app's bundle or package id" });
const primary = z
  .boolean()
  .nullish()
  .transform((value) => value ?? null)
  .meta({ description: "Null: as it was; a new contact is then not primary" });

/** What POST takes; addresses come out normalised. A device has no `primary`: push goes to each of them. */
export const contactBodySchema = z.discriminatedUnion("channel", [
  z.strictObject({ channel: z.literal("email"), address: addressSchema("email"), primary }),
  z.strictObject({ channel: z.literal("sms"), address: addressSchema("sms"), primary }),
  z.strictObject({ channel: z.literal("apns"), address: addressSchema("apns"), app: appSchema }),
  z.strictObject({ channel: z.literal("fcm"), address: addressSchema("fcm"), app: appSchema }),
]);
export type ContactBody = z.infer<typeof contactBodySchema>;
