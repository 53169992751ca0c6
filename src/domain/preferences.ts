import { z } from "zod";
import { categoryIdSchema } from "./category.ts";
import { CHANNEL_WORDS } from "./channel.ts";
import { quietHoursSchema } from "./quiet-hours.ts";

const MAX_CATEGORIES = 500;

const switches = z.partialRecord(z.enum(CHANNEL_WORDS), z.boolean());

/** What PUT takes: all of a user's preferences; what is left out takes its default. */
export const preferencesBodySchema = z.strictObject({
  all: z.boolean().default(true).meta({ description: "False: nothing but mandatory categories" }),
  quietHours: quietHoursSchema
    .nullish()
    .transform((hours) => hours ?? null)
    .meta({ description: "In the user's own time zone; null: those of the settings" }),
  categories: z
    .record(categoryIdSchema, switches)
    .default({})
    .refine((categories) => Object.keys(categories).length <= MAX_CATEGORIES, `must be at most ${MAX_CATEGORIES}`)
    .meta({
      maxProperties: MAX_CATEGORIES,
      description: "Per category, the channels that are switched on or off; what is not named is on",
    }),
});
export type PreferencesBody = z.infer<typeof preferencesBodySchema>;
