import { z } from "zod";
import { categoryIdSchema } from "./category.ts";
import { CHANNEL_WORDS } from "./channel.ts";

const MAX_CATEGORIES = 500;

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day such as 22:00");

const quietHoursSchema = z
  .strictObject({ from: timeOfDay, to: timeOfDay })
  .refine(({ from, to }) => from !== to, "must not begin and end at the same time");
/** In the user's own time zone; may pass midnight. */
export type QuietHours = z.infer<typeof quietHoursSchema>;

const switches = z.partialRecord(z.enum(CHANNEL_WORDS), z.boolean());

/** What PUT takes: all of a user's preferences; what is left out takes its default. */
export const preferencesBodySchema = z.strictObject({
  /** False: nothing but mandatory categories. */
  all: z.boolean().default(true),
  quietHours: quietHoursSchema.nullish().transform((hours) => hours ?? null),
  /** Per category, the channels that are switched on or off; what is not named is on. */
  categories: z
    .record(categoryIdSchema, switches)
    .default({})
    .refine((categories) => Object.keys(categories).length <= MAX_CATEGORIES, `must be at most ${MAX_CATEGORIES}`),
});
export type PreferencesBody = z.infer<typeof preferencesBodySchema>;
