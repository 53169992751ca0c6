import type { ContentKind } from "../domain/channel.ts";
import { MAX_PUSH_TEXT_BYTES } from "../domain/push-size.ts";
import type { SelectedContent } from "../domain/template.ts";
import type { TemplateFormat } from "./template-engine.ts";

/** One text of a template: a title, a body, a subject. */
export type TemplatePart = {
  kind: ContentKind;
  locale: string;
  name: string;
  /** Where it is in what the caller wrote, e.g. `locales.default.push.title`. */
  field: string;
  source: string;
  format: TemplateFormat;
  /** Characters that it may have once rendered; a longer one is refused, never cut. */
  maxLength: number;
  /** Becomes a header or a headline: whatever breaks a line becomes a space. */
  singleLine: boolean;
};

type PartRule = { format: TemplateFormat; maxLength: number; singleLine: boolean };

const line = (maxLength: number): PartRule => ({ format: "text", maxLength, singleLine: true });
const text = (maxLength: number): PartRule => ({ format: "text", maxLength, singleLine: false });

// Title and body of a push have to fit into its bytes together; Twilio takes no text of more than 1,600 characters.
const RULES: Record<ContentKind, Record<string, PartRule>> = {
  push: { title: line(1_000), body: text(MAX_PUSH_TEXT_BYTES) },
  sms: { text: text(1_600) },
  email: { subject: line(998), text: text(64_000), html: { format: "html", maxLength: 256_000, singleLine: false } },
};

/** The parts of one channel in one locale, in the order in which they are rendered. */
export function partsOf(kind: ContentKind, selected: SelectedContent<ContentKind>): TemplatePart[] {
  const sources = new Map<string, unknown>(Object.entries(selected.content));
  return Object.entries(RULES[kind]).flatMap(([name, rule]) => {
    const source = sources.get(name);
    if (typeof source !== "string") return [];
    const { locale } = selected;
    return [{ kind, locale, name, field: `locales.${locale}.${kind}.${name}`, source, ...rule }];
  });
}
