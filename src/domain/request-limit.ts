import { z } from "zod";
import { durationSchema, parseDuration } from "./duration.ts";

const MAX_PER_MS = 24 * 3_600_000;

/** At most `max` requests with one key in an interval of length `per`, which begins with its first request. */
export const requestLimitSchema = z.strictObject({
  max: z.number().int().min(1, "must be at least 1; to stop a key, revoke it").max(1_000_000),
  per: durationSchema
    .refine((per) => (parseDuration(per) ?? 0) <= MAX_PER_MS, "must be at most 24h")
    .meta({ description: "An interval begins with its first request; at most `24h`" }),
});
export type RequestLimit = z.infer<typeof requestLimitSchema>;
