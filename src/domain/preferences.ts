import { z } from "zod";
import { categoryIdSchema } from "./category.ts";
import { CHANNEL_WORDS } from "./channel.ts";
import { quietHoursSchema } from "./quiet-hours.ts";

const MAX_CATEGORIES = 500;

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
