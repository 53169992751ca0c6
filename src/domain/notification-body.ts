import { z } from "zod";
import { CHANNEL_WORDS } from "./channel.ts";
import { addressSchema, appSchema } from "./contact.ts";
import { localeSchema } from "./locale.ts";
import { eventIdSchema } from "./notification-id.ts";
import type { Recipient } from "./recipient.ts";
import { templateIdSchema } from "./template.ts";
import { userIdSchema } from "./user.ts";

/** A moment with its offset, e.g. `2027-01-31T09:00:00+01:00` or `…Z`; kept as the UTC instant it means. */
export const instantSchema = z.iso
  .datetime({ offset: true, error: "must be a time with an offset, such as 2027-01-31T09:00:00Z" })
  .transform((text) => new Date(text).toISOString());

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
  /** Absent: the header Idempotency-Key has it. */
  eventId: eventIdSchema.optional(),
  to: recipientSchema,
  category: z.string().min(1).max(128),
  template: templateIdSchema,
  data: z.record(z.string(), z.unknown()).default({}),
  channels: z.array(z.enum(CHANNEL_WORDS)).min(1, "must name at least one channel, or be left out").optional(),
  sendAt: instantSchema.optional(),
  expiresAt: instantSchema.optional(),
  priority: z.enum(["high", "normal", "low"]).optional(),
  locale: localeSchema.optional(),
});
export type NotificationBody = z.infer<typeof notificationBodySchema>;
