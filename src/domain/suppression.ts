import { z } from "zod";
import { type Channel, CHANNELS } from "./channel.ts";
import { addressSchema } from "./contact.ts";

/** An address by what is kept of it. */
export type SuppressionKey = {
  channel: Channel;
  /** 32 bytes of the keyed hash, as base64url. */
  addressHash: string;
};

// A word and no sentence: a reason is shown to everybody who may read, so it must not hold personal data.
const word = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._:-]{0,63}$/, "must be a word of 1 to 64 characters of a-z, 0-9, '.', '_', ':' and '-'");

const addressBody = <C extends Channel>(channel: C) =>
  z.strictObject({ channel: z.literal(channel), address: addressSchema(channel) });
const suppressionBody = <C extends Channel>(channel: C) =>
  addressBody(channel).extend({
    reason: word.default("manual").meta({ description: "Such as `complained`, `bounced`, `unsubscribed`" }),
    source: word.default("api").meta({ description: "Who says so, such as `support-desk`" }),
  });

/** Why an address may be sent to again; the audit keeps it. */
export const removalReasonSchema = word
  .optional()
  .meta({ description: "Why, for the audit; a word, such as `owner-asked`" });
const removalBody = <C extends Channel>(channel: C) => addressBody(channel).extend({ reason: removalReasonSchema });

/** An address that is named, on whatever channel; it comes out normalised. */
export const namedAddressSchema = z.discriminatedUnion("channel", [
  addressBody("email"),
  addressBody("sms"),
  addressBody("apns"),
  addressBody("fcm"),
]);

/** What PUT takes. */
export const suppressionBodySchema = z.discriminatedUnion("channel", [
  suppressionBody("email"),
  suppressionBody("sms"),
  suppressionBody("apns"),
  suppressionBody("fcm"),
]);

const ID = new RegExp(`^sup_(${CHANNELS.join("|")})_([A-Za-z0-9_-]{43})$`);

/** What DELETE takes. */
export const suppressionRemovalSchema = z.discriminatedUnion("channel", [
  removalBody("email"),
  removalBody("sms"),
  removalBody("apns"),
  removalBody("fcm"),
]);

/** The public id of a suppression: it names the address for good and cannot be turned into it. */
export const suppressionIdSchema = z
  .string()
  .regex(ID, "must be the id of a suppression")
  .meta({ description: "As lists show it", examples: ["sup_email_5TRsyhrOFvWqPl4CJ-7b5eW2P_y0ql4lVbV4gIbWmQs"] });

export function encodeSuppressionId({ channel, addressHash }: SuppressionKey): string {
  return `sup_${channel}_${addressHash}`;
}

/** @throws {Error} for what {@link suppressionIdSchema} refuses */
export function decodeSuppressionId(id: string): SuppressionKey {
  const [, channel, addressHash] = ID.exec(id) ?? [];
  if (channel === undefined || addressHash === undefined) throw new Error("not the id of a suppression");
  return { channel: channel as Channel, addressHash };
}
