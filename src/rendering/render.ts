import type { ContentKind } from "../domain/channel.ts";
import type { RenderedContent } from "../domain/rendered-content.ts";
import { selectContent, type TemplateLocales } from "../domain/template.ts";
import { renderPart, requireRoom } from "./rendered-part.ts";
import { LiquidProblem } from "./template-engine.ts";
import { MissingVariableError, TemplateError } from "./template-errors.ts";
import { partsOf, type TemplatePart } from "./template-parts.ts";

/**
 * The content of one channel in the closest locale that the template has for it. The same arguments give the same
 * content, except where a template prints the current time.
 * @throws {MissingVariableError} naming the first variable that is needed and not given
 * @throws {TemplateError} when the template has nothing for this channel, is malformed or runs into a limit,
 *   or its texts are too large for a push
 */
export function renderContent(
  locales: TemplateLocales,
  kind: ContentKind,
  locale: string | null,
  variables: Record<string, unknown>,
): RenderedContent {
  const selected = selectContent(locales, kind, locale);
  if (selected === null) throw new TemplateError(`locales.default.${kind}`, 1, 1, `there is no ${kind} content`);
  const rendered = partsOf(kind, selected).map((part) => ({ part, text: textOf(part, variables) }));
  requireRoom(rendered);
  const texts = new Map(rendered.map(({ part, text }) => [part.name, text]));
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

function textOf(part: TemplatePart, variables: Record<string, unknown>): string {
  try {
    return renderPart(part, variables, { missing: null, forgiven: new Set() });
  } catch (error) {
    if (!(error instanceof LiquidProblem)) throw error;
    if (error.missing !== null) throw new MissingVariableError(error.missing, part.kind, part.locale);
    throw new TemplateError(part.field, error.line, error.column, error.message);
  }
}
