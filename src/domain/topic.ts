import { z } from "zod";

/** What users subscribe to, e.g. `news.weekly`. A topic exists as long as somebody is subscribed to it. */
export const topicSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, "must be 1 to 128 characters of A-Z, a-z, 0-9, '.', '_', ':' and '-'")
  .meta({ description: "The name of a topic", examples: ["news.weekly"] });
