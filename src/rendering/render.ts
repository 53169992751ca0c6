import type { ContentKind } from "../domain/channel.ts";
import type { RenderedContent } from "../domain/rendered-content.ts";
import { selectContent, type TemplateLocales } from "../domain/template.ts";
import { partsOf, type TemplatePart } from "./template-parts.ts";
import { LiquidProblem, parseTemplate, renderTemplate } from "./template-engine.ts";
import { MissingVariableError, TemplateError } from "./template-errors.ts";

/**
 * The content of one channel in the closest locale that the template has for it. The same arguments give the same
 * content, except where a template prints the current time.
 * @throws {MissingVariableError} naming the first variable that is needed and not given
 * @throws {TemplateError} when the template has nothing for this channel, is malformed or runs into a limit
 */
export function renderContent(
  locales: TemplateLocales,
  kind: ContentKind,
  locale: string | null,
  variables: Record<string, unknown>,
): RenderedContent {
  const selected = selectContent(locales, kind, locale);
  if (selected === null) throw new TemplateError(`locales.default.${kind}`, 1, 1, `there is no ${kind} content`);
  const texts = new Map<string, string>();
  for (const part of partsOf(kind, selected)) texts.set(part.name, renderPart(part, variables));
  const text = (name: string) => texts.get(name) ?? "";
  switch (kind) {
    case "push":
      return { kind, title: text("title"), body: text("body"), data: {} };
    case "sms":
      return { kind, text: text("text") };
    case "email":
      return { kind, subject: text("subject"), text: text("text"), html: texts.get("html") ?? null };
  }
}

function renderPart(part: TemplatePart, variables: Record<string, unknown>): string {
  try {
    const parsed = parseTemplate(part.source, part.format);
    const lookups = { missing: null, forgiven: new Set<string>() };
    return clean(part, renderTemplate(parsed, variables, { maxLength: part.maxLength, lookups }));
  } catch (error) {
    if (!(error instanceof LiquidProblem)) throw error;
    if (error.missing !== null) throw new MissingVariableError(error.missing, part.kind, part.locale);
    throw new TemplateError(part.field, error.line, error.column, error.message);
  }
}

/** Nothing that ends a mail header or breaks a payload may come out of a variable. */
function clean(part: TemplatePart, text: string): string {
  const wellFormed = text.toWellFormed();
  return part.singleLine ? wellFormed.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim() : wellFormed.replaceAll("\0", "");
}
