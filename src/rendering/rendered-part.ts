import { MAX_PUSH_TEXT_BYTES, pushTextBytes } from "../domain/push-size.ts";
import type { Lookups } from "./rendering-context.ts";
import { parseTemplate, renderTemplate } from "./template-engine.ts";
import { TemplateError } from "./template-errors.ts";
import type { TemplatePart } from "./template-parts.ts";

export type RenderedPart = { part: TemplatePart; text: string };

/**
 * @throws {LiquidProblem} when it is malformed, runs into a limit, or needs a variable that is neither given nor
 *   forgiven
 */
export function renderPart(part: TemplatePart, variables: Record<string, unknown>, lookups: Lookups): string {
  const parsed = parseTemplate(part.source, part.format);
  return clean(part, renderTemplate(parsed, variables, { maxLength: part.maxLength, lookups }));
}

/**
 * Refuses a push that no provider would take, whatever comes with it.
 * @param rendered all parts of one channel's content
 * @throws {TemplateError} that names the larger part
 */
export function requireRoom(rendered: readonly RenderedPart[]): void {
  const sizes = rendered.flatMap(({ part, text }) => {
    return part.kind === "push" ? [{ field: part.field, bytes: pushTextBytes(text) }] : [];
  });
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const [largest] = sizes.toSorted((one, other) => other.bytes - one.bytes);
  if (largest === undefined || total <= MAX_PUSH_TEXT_BYTES) return;
  const problem = `title and body take ${total} bytes, and a push has room for ${MAX_PUSH_TEXT_BYTES}`;
  throw new TemplateError(largest.field, 1, 1, problem);
}

/** Nothing that ends a mail header or breaks a payload may come out of a variable. */
function clean(part: TemplatePart, text: string): string {
  const wellFormed = text.toWellFormed();
  return part.singleLine ? wellFormed.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim() : wellFormed.replaceAll("\0", "");
}
