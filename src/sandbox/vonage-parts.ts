import { smsSize } from "../domain/sms-segments.ts";

/** What Vonage calls the parts of a text: as many as its length takes. The first has the name that the sandbox keeps. */
export function vonagePartIds({ id, text }: { id: string; text: string }): string[] {
  return Array.from({ length: smsSize(text).segments }, (_, index) => (index === 0 ? id : `${id}-${index + 1}`));
}
