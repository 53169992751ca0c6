import { z } from "zod";
import { CHANNEL_WORDS } from "./channel.ts";
import { addressSchema, appSchema } from "./contact.ts";
import { localeSchema } from "./locale.ts";
import { eventIdSchema } from "./notification-id.ts";
import type { Recipient } from "./recipient.ts";
import { templateIdSchema } from "./template.ts";
import { userIdSchema } from "./user.ts";

/**
 * A moment with its offset, e.g. `2027-01-31T09:00:00+01:00` or `…Z`; kept as the UTC instant it means. In years of four
 * digits also there: what comes before and after them is written in another way by each of JavaScript and PostgreSQL.
 */
export const instantSchema = z.iso
  .datetime({ offset: true, error: "must be a time with an offset, such as 2027-01-31T09:00:00Z" })
  .refine((text) => !isBeyondFourDigitYears(text), "must be in the years 1 to 9999 of UTC")
  .transform((text) => new Date(text).toISOString());

/** Not so of what is no time at all, which has its own sentence. */
function isBeyondFourDigitYears(text: string): boolean {
  const year = new Date(text).getUTCFullYear();
  return year < 1 || year > 9999;
}

const recipientSchema: z.ZodType<Recipient> = z.union(
  [
    z.strictObject({ userId: userIdSchema, contacts: z.enum(["primary", "all"]).optional() }),
    z.strictObject({ email: addressSchema("email") }),
    z.strictObject({ phone: addressSchema("sms") }),
    z.strictObject({ deviceToken: addressSchema("apns"), channel: z.literal("apns"), app: appSchema }),
    z.strictObject({ deviceToken: addressSchema("fcm"), channel: z.literal("fcm"), app: appSchema }),
  ],
  { error: "must be {userId}, {email}, {phone} or {deviceToken, channel}" },
);

/** What `POST /v1/notifications` takes. */
export const notificationBodySchema = z.strictObject({
  eventId: eventIdSchema.optional().meta({
    description:
      "Unique per client, for good; at most 200 bytes of UTF-8; no personal data. May come in the header instead",
  }),
  to: recipientSchema,
  category: z.string().min(1).max(128).meta({ description: "The ID of a category" }),
  template: templateIdSchema.meta({
    description: "The ID of a template; its current version is taken and kept, also over a wait",
  }),
  data: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ description: "Variables of the template; the user's attributes are there as `user.<name>`" }),
  channels: z
    .array(z.enum(CHANNEL_WORDS))
    .min(1, "must name at least one channel, or be left out")
    .optional()
    .meta({ description: "Narrows the category's channels; `push` stands for `apns` and `fcm`" }),
  sendAt: instantSchema.optional().meta({ description: "Not before this time, within 366 days from now" }),
  expiresAt: instantSchema
    .optional()
    .meta({ description: "Not after this time; else the category's `expiresAfter` counts" }),
  priority: z.enum(["high", "normal", "low"]).optional().meta({ description: "Else the category's" }),
  locale: localeSchema.optional().meta({ description: "Of the texts; else the user's, else the template's default" }),
});
export type NotificationBody = z.infer<typeof notificationBodySchema>;
