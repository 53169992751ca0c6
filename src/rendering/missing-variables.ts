import type { ContentKind } from "../domain/channel.ts";
import { selectContent, type TemplateLocales } from "../domain/template.ts";
import { cpuTimeMs } from "./cpu-time.ts";
import { renderPart, requireRoom } from "./rendered-part.ts";
import { LiquidProblem } from "./template-engine.ts";
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
 * @throws {TemplateError} when a part is malformed or runs into a limit with these variables, or a push becomes too large
 */
export function findMissingVariables(
  locales: TemplateLocales,
  reach: Reach,
  variables: Record<string, unknown>,
): MissingVariable[] {
  const found = new Map<string, MissingVariable>();
  for (const parts of reachableContents(locales, reach)) {
    const rendered = parts.map((part) => ({ part, ...renderForgiving(part, variables) }));
    for (const { part, missing } of rendered) {
      const { kind, locale } = part;
      for (const variable of missing) {
        found.set(JSON.stringify([variable, kind, locale]), { variable, kind, locale });
      }
    }
    if (rendered.every(({ missing }) => missing.size === 0)) requireRoom(rendered);
  }
  return [...found.values()];
}

/** The parts of each content that can be reached. */
function reachableContents(locales: TemplateLocales, reach: Reach): TemplatePart[][] {
  const contents = new Map<string, TemplatePart[]>();
  for (const kind of reach.kinds) {
    for (const locale of reach.locales) {
      const selected = selectContent(locales, kind, locale);
      if (selected !== null) contents.set(`${kind} ${selected.locale}`, partsOf(kind, selected));
    }
  }
  return [...contents.values()];
}

/** Renders again and again, each time forgiving what was missing before. The text is one only where nothing is missing. */
function renderForgiving(
  part: TemplatePart,
  variables: Record<string, unknown>,
): { text: string; missing: ReadonlySet<string> } {
  const missing = new Set<string>();
  const deadline = cpuTimeMs() + BUDGET_MS;
  while (missing.size === 0 || (missing.size < MAX_PER_PART && cpuTimeMs() < deadline)) {
    try {
      return { text: renderPart(part, variables, { missing: null, forgiven: missing }), missing };
    } catch (error) {
      if (!(error instanceof LiquidProblem)) throw error;
      if (error.missing !== null) missing.add(error.missing);
      // Whatever else is wrong may only be so because of what is missing.
      else if (missing.size > 0) break;
      else throw new TemplateError(part.field, error.line, error.column, error.message);
    }
  }
  return { text: "", missing };
}
