import { z } from "zod";
import type { RenderedContent } from "../domain/rendered-content.ts";
import { smsSize } from "../domain/sms-segments.ts";

/** What {@link shownContent} gives, for the document. */
export const shownSchemas = {
  push: z.object({ title: z.string(), body: z.string(), data: z.record(z.string(), z.string()) }),
  sms: z.object({
    text: z.string(),
    encoding: z.enum(["GSM-7", "UCS-2"]).meta({ description: "One character outside of GSM-7 makes it UCS-2" }),
    segments: z.number().int().meta({ description: "Messages that it is split into" }),
  }),
  email: z.object({ subject: z.string(), text: z.string(), html: z.string().nullable() }),
};

/** Rendered texts as previews show them, with what an SMS would cost. */
export function shownContent({ kind, ...content }: RenderedContent): Record<string, unknown> {
  return kind === "sms" && "text" in content ? { ...content, ...smsSize(content.text) } : content;
}
