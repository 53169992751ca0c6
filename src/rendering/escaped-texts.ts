import { type Context, filters, type FilterImplOptions, type Liquid } from "liquidjs";
import { RenderingContext } from "./rendering-context.ts";

type Handler = Extract<FilterImplOptions, (...args: never) => unknown>;

const ESCAPING = new Set(["escape", "escape_once", "xml_escape"]);

/** Remembers which texts are escaped: what escaping filters make, and what others make out of it. */
export function rememberEscaped(liquid: Liquid): void {
  for (const [name, filter] of Object.entries(liquid.filters)) {
    const { handler, raw } = typeof filter === "function" ? { handler: filter, raw: false } : filter;
    const remembering: Handler = function (value: unknown, ...args: unknown[]) {
      const made: unknown = handler.apply(this, [value, ...args]);
      const { context } = this;
      if (ESCAPING.has(name) || [value, ...args].some((one) => isEscaped(context, one))) markEscaped(context, made);
      return made;
    };
    liquid.registerFilter(name, { handler: remembering, raw });
  }
}

/** A text, or those of a list, as `split` makes one. */
export function markEscaped(context: Context, made: unknown): void {
  if (!(context instanceof RenderingContext)) return;
  for (const text of Array.isArray(made) ? (made as unknown[]) : [made]) {
    if (typeof text === "string") context.escaped.add(text);
  }
}

/**
 * Escapes what is printed. What is escaped already keeps its entities, so that an apostrophe is `&#39;` and never
 * `&amp;#39;`. Whatever is marked as escaped, no markup comes through.
 */
export function escapeOutput(this: ThisParameterType<Handler>, value: unknown): string {
  const escape = isEscaped(this.context, value) ? filters.escape_once : filters.escape;
  return (escape as Handler).call(this, value) as string;
}

/** Of a list, one is enough: what is made of it must not show the entities of that one. */
function isEscaped(context: Context, value: unknown): boolean {
  if (!(context instanceof RenderingContext)) return false;
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  return texts.some((text) => typeof text === "string" && context.escaped.has(text));
}
