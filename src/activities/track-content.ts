import type { Tracking } from "../domain/category.ts";
import type { RenderedContent } from "../domain/rendered-content.ts";
import { trackHtml } from "../rendering/track-html.ts";

/** Addresses of ours that stand in mails, so that we hear when one is opened or clicked. The same each time for an attempt. */
export type TrackedUrls = {
  open: (attemptId: string) => string;
  /** Null for a link that stays as it is. */
  click: (attemptId: string, url: string) => string | null;
};

/** What is sent in this attempt: of a mail's HTML as its category asks for; every other content as it is. */
export function trackContent(
  content: RenderedContent,
  attemptId: string,
  { opens, clicks }: Tracking,
  urls: TrackedUrls | null,
): RenderedContent {
  if (content.kind !== "email" || content.html === null || urls === null || !(opens || clicks)) return content;
  const html = trackHtml(content.html, {
    linkFor: clicks ? (url) => urls.click(attemptId, url) : null,
    pixelUrl: opens ? urls.open(attemptId) : null,
  });
  return { ...content, html };
}
