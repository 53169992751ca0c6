import { z } from "zod";
import { CHANNEL_WORDS, type Channel, channelsOf } from "./channel.ts";
import { instantSchema } from "./notification-body.ts";

/** PostgreSQL takes no such character, and a query string may have it where no body may. */
const storable = z.string().regex(/^[^\0]*$/, "must not contain the character U+0000");

/** What dead letters may be chosen by; what is left out does not matter. */
export const deadLetterFilterSchema = z.strictObject({
  reason: storable.min(1).max(200).optional().meta({ description: "As the list shows it, e.g. `retries_exhausted`" }),
  category: storable.min(1).max(128).optional(),
  channel: z
    .enum(CHANNEL_WORDS)
    .optional()
    .meta({ description: "A delivery on it failed; `push` stands for `apns` and `fcm`" }),
  from: instantSchema.optional().meta({ description: "Failed at this time or later" }),
  to: instantSchema.optional().meta({ description: "Failed before this time" }),
});

/** Null: it does not matter. */
export type DeadLetterFilter = {
  reason: string | null;
  category: string | null;
  /** Any delivery that failed on one of these. */
  channels: readonly Channel[] | null;
  from: Date | null;
  until: Date | null;
};

export function deadLetterFilterOf(asked: z.infer<typeof deadLetterFilterSchema>): DeadLetterFilter {
  return {
    reason: asked.reason ?? null,
    category: asked.category ?? null,
    channels: asked.channel === undefined ? null : channelsOf(asked.channel),
    from: asked.from === undefined ? null : new Date(asked.from),
    until: asked.to === undefined ? null : new Date(asked.to),
  };
}
