import type { RenderedContent } from "../domain/rendered-content.ts";
import { smsSize } from "../domain/sms-segments.ts";

/** Rendered texts as previews show them, with what an SMS would cost. */
export function shownContent({ kind, ...content }: RenderedContent): Record<string, unknown> {
  return kind === "sms" && "text" in content ? { ...content, ...smsSize(content.text) } : content;
}
