import { z } from "zod";
import { CHANNEL_WORDS } from "./channel.ts";
import { durationSchema } from "./duration.ts";
import { GUARANTEES } from "./guarantee.ts";
import { categoryQuietHoursSchema } from "./quiet-hours.ts";
import { rateLimitsSchema } from "./rate-limit.ts";

export const PRIORITIES = ["high", "normal", "low"] as const;
export type Priority = (typeof PRIORITIES)[number];

export const ON_LIMIT = ["drop", "defer"] as const;
export type OnLimit = (typeof ON_LIMIT)[number];

export const categoryIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, "must be 1 to 128 characters of A-Z, a-z, 0-9, '.', '_', ':' and '-'");

/** What PUT takes: the whole category; what is left out takes its default. */
export const categoryBodySchema = z.strictObject({
  /** In the order in which they are reported. */
  channels: z
    .array(z.enum(CHANNEL_WORDS))
    .min(1, "must name at least one channel")
    .refine((channels) => new Set(channels).size === channels.length, "must not name a channel twice"),
  /** Passes over the user's switches, never over a suppression. */
  mandatory: z.boolean().default(false),
  guarantee: z.enum(GUARANTEES).default("at_least_once"),
  priority: z.enum(PRIORITIES).default("normal"),
  /** Null: a notification is wanted however late it comes. */
  expiresAfter: durationSchema.nullish().transform((duration) => duration ?? null),
  /** Of notifications to one user, whatever their channels; none: as many as are asked for. */
  limits: rateLimitsSchema.default([]),
  /** What becomes of one that finds no room: it is not sent, or waits for the earliest free time. */
  onLimit: z.enum(ON_LIMIT).default("drop"),
  quietHours: categoryQuietHoursSchema.default("hold"),
  /** The same content to the same recipient within this time is a duplicate; null: never. */
  dedupWithin: durationSchema.nullish().transform((duration) => duration ?? null),
});
