import { CONTENT_KINDS } from "../domain/channel.ts";
import type { TemplateLocales } from "../domain/template.ts";
import { LiquidProblem, parseTemplate } from "./template-engine.ts";
import { partsOf } from "./template-parts.ts";

/** A part that is no Liquid; line and column count from 1 within the part. */
export type TemplateProblem = { field: string; line: number; column: number; message: string };

/** Everything in a template that cannot be parsed, one problem per part; empty where it may be stored. */
export function checkTemplate(locales: TemplateLocales): TemplateProblem[] {
  const parts = Object.entries(locales).flatMap(([locale, contents]) =>
    CONTENT_KINDS.flatMap((kind) => {
      const content = contents[kind];
      return content === undefined ? [] : partsOf(kind, { locale, content });
    }),
  );
  return parts.flatMap(({ field, source, format }) => {
    try {
      parseTemplate(source, format);
      return [];
    } catch (error) {
      if (!(error instanceof LiquidProblem)) throw error;
      const { line, column, message } = error;
      return [{ field, line, column, message }];
    }
  });
}
