import { z } from "zod";
import { CHANNEL_WORDS } from "./channel.ts";
import { durationSchema } from "./duration.ts";
import { GUARANTEES } from "./guarantee.ts";
import { categoryQuietHoursSchema } from "./quiet-hours.ts";
import { rateLimitsSchema } from "./rate-limit.ts";
import { isReservedName } from "./reserved-name.ts";

export const PRIORITIES = ["high", "normal", "low"] as const;
export type Priority = (typeof PRIORITIES)[number];

export const ON_LIMIT = ["drop", "defer"] as const;
export type OnLimit = (typeof ON_LIMIT)[number];

/** What is asked of the readers of mails of a category; each tells something about them, so both are off unless set. */
export type Tracking = { opens: boolean; clicks: boolean };

/** As a category shows it. */
export const trackingSchema = z.object({ opens: z.boolean(), clicks: z.boolean() });

export const categoryIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, "must be 1 to 128 characters of A-Z, a-z, 0-9, '.', '_', ':' and '-'")
  // Preferences could not name it.
  .refine((id) => !isReservedName(id), "is not allowed as a name");

/** What PUT takes: the whole category; what is left out takes its default. */
export const categoryBodySchema = z.strictObject({
  channels: z
    .array(z.enum(CHANNEL_WORDS))
    .min(1, "must name at least one channel")
    .refine((channels) => new Set(channels).size === channels.length, "must not name a channel twice")
    .meta({ description: "In the order in which they are reported", uniqueItems: true }),
  mandatory: z.boolean().default(false).meta({ description: "Overrides the user's switches, never a suppression" }),
  guarantee: z
    .enum(GUARANTEES)
    .default("at_least_once")
    .meta({ description: "What follows when nobody knows whether a message was taken" }),
  priority: z.enum(PRIORITIES).default("normal"),
  expiresAfter: durationSchema
    .nullish()
    .transform((duration) => duration ?? null)
    .meta({ description: "After this the notification is no longer wanted, such as `24h`; null: never" }),
  limits: rateLimitsSchema
    .default([])
    .meta({ description: "Of notifications to one user, whatever their channels; none: as many as are asked for" }),
  onLimit: z.enum(ON_LIMIT).default("drop").meta({
    description: "What becomes of one that finds no room: it is not sent, or waits for the earliest free time",
  }),
  quietHours: categoryQuietHoursSchema
    .default("hold")
    .meta({ description: "Hold in the user's quiet hours, never hold, or hold in these hours instead" }),
  dedupWithin: durationSchema
    .nullish()
    .transform((duration) => duration ?? null)
    .meta({ description: "The same content to the same recipient within this time is a duplicate; null: never" }),
  tracking: z
    .strictObject({ opens: z.boolean().default(false), clicks: z.boolean().default(false) })
    .default({ opens: false, clicks: false })
    .meta({ description: "In HTML of mails: a pixel that tells of opening, and links that lead past us" }),
});
