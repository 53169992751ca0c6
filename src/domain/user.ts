import { z } from "zod";
import { localeSchema } from "./locale.ts";

const MAX_ID_BYTES = 200;
const MAX_ATTRIBUTES = 100;
const MAX_ATTRIBUTES_BYTES = 32_768;

/** The caller's own name for a recipient. It shows up in URLs and in Temporal, so it must not be personal data. */
export const userIdSchema = z
  .string()
  .min(1, "must not be empty")
  .refine((id) => new TextEncoder().encode(id).length <= MAX_ID_BYTES, `must be at most ${MAX_ID_BYTES} bytes of UTF-8`)
  .refine((id) => !/\p{Cc}/u.test(id), "must not contain control characters")
  .refine((id) => id.isWellFormed(), "must be well-formed Unicode")
  .meta({
    description: `At most ${MAX_ID_BYTES} bytes of UTF-8; no personal data`,
    examples: ["u1"],
    maxLength: MAX_ID_BYTES,
    pattern: String.raw`^[^\u0000-\u001f\u007f-\u009f]*$`,
  });

const attributesSchema = z
  .record(z.string(), z.unknown())
  .refine((attributes) => Object.keys(attributes).length <= MAX_ATTRIBUTES, `must be at most ${MAX_ATTRIBUTES}`)
  .refine(
    (attributes) => new TextEncoder().encode(JSON.stringify(attributes)).length <= MAX_ATTRIBUTES_BYTES,
    `must be at most ${MAX_ATTRIBUTES_BYTES} bytes of JSON`,
  )
  .meta({ maxProperties: MAX_ATTRIBUTES });

/** What PUT takes: the whole user; what is left out is cleared. Whether the time zone exists is asked at the edge. */
export const userBodySchema = z.strictObject({
  locale: localeSchema
    .nullish()
    .transform((locale) => locale ?? null)
    .meta({ description: "A language tag such as `ko-KR`" }),
  timezone: z
    .string()
    .nullish()
    .transform((timezone) => timezone ?? null)
    .meta({ description: "A name of the IANA database, such as `Asia/Seoul`" }),
  attributes: attributesSchema.default({}).meta({
    description: `Variables for templates; at most ${MAX_ATTRIBUTES} of them and ${MAX_ATTRIBUTES_BYTES} bytes of JSON`,
  }),
});
