import type { ContentKind } from "../domain/channel.ts";
import { selectContent, type TemplateLocales } from "../domain/template.ts";
import { cpuTimeMs } from "./cpu-time.ts";
import { LiquidProblem, parseTemplate, renderTemplate } from "./template-engine.ts";
import { TemplateError } from "./template-errors.ts";
import { partsOf, type TemplatePart } from "./template-parts.ts";

/** A variable that one channel's text needs, by its full path (`order.lines[0].name`). */
export type MissingVariable = { variable: string; kind: ContentKind; locale: string };

/** Which texts of a template a request may need: these channels, for readers of these locales (null: of none). */
export type Reach = { kinds: readonly ContentKind[]; locales: readonly (string | null)[] };

/** More names than this help nobody; each one costs another rendering. */
const MAX_PER_PART = 20;
/** Of the processor's time: enough for any honest template. A part that takes longer names only what was found by then. */
const BUDGET_MS = 200;

/**
 * Every variable that rendering these channels and locales would miss, not only the first. It is found by rendering,
 * so it is exact for the given variables: what stands in a branch that they do not take is not needed, which is how a
 * template says "where known" (`{% if user.first_name %}Hi {{ user.first_name }}{% endif %}`); `| default:` makes a
 * variable optional; a condition itself needs nothing; null counts as given. Where nothing is missing, {@link renderContent} misses nothing.
 * @throws {TemplateError} when a part is malformed or runs into a limit with these variables
 */
export function findMissingVariables(
  locales: TemplateLocales,
  reach: Reach,
  variables: Record<string, unknown>,
): MissingVariable[] {
  const found = new Map<string, MissingVariable>();
  for (const part of reachableParts(locales, reach)) {
    for (const variable of missingIn(part, variables)) {
      const { kind, locale } = part;
      found.set(JSON.stringify([variable, kind, locale]), { variable, kind, locale });
    }
  }
  return [...found.values()];
}

function reachableParts(locales: TemplateLocales, reach: Reach): TemplatePart[] {
  const parts = new Map<string, TemplatePart>();
  for (const kind of reach.kinds) {
    for (const locale of reach.locales) {
      const selected = selectContent(locales, kind, locale);
      if (selected === null) continue;
      for (const part of partsOf(kind, selected)) parts.set(part.field, part);
    }
  }
  return [...parts.values()];
}

/** Renders again and again, each time forgiving what was missing before. */
function missingIn(part: TemplatePart, variables: Record<string, unknown>): Set<string> {
  const forgiven = new Set<string>();
  const attempt = () => {
    const parsed = parseTemplate(part.source, part.format);
    renderTemplate(parsed, variables, { maxLength: part.maxLength, lookups: { missing: null, forgiven } });
  };
  const deadline = cpuTimeMs() + BUDGET_MS;
  while (forgiven.size === 0 || (forgiven.size < MAX_PER_PART && cpuTimeMs() < deadline)) {
    try {
      attempt();
      return forgiven;
    } catch (error) {
      if (!(error instanceof LiquidProblem)) throw error;
      if (error.missing !== null) forgiven.add(error.missing);
      // Whatever else is wrong may only be so because of what is missing.
      else if (forgiven.size > 0) return forgiven;
      else throw new TemplateError(part.field, error.line, error.column, error.message);
    }
  }
  return forgiven;
}
