import { z } from "zod";

// Language, script, region and variants of BCP 47: what people and phones set. Extensions and private use select no text.
const TAG = /^([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?((?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*)$/i;
const MAX_LENGTH = 35;

/** A language tag in its usual spelling (`pt-BR`, `zh-Hant-TW`), or null for what is none. */
export function canonicalLocale(tag: string): string | null {
  const match = tag.length <= MAX_LENGTH ? TAG.exec(tag) : null;
  if (match === null) return null;
  const [, language = "", script, region, variants = ""] = match;
  return [
    language.toLowerCase(),
    ...(script === undefined ? [] : [script.charAt(0).toUpperCase() + script.slice(1).toLowerCase()]),
    ...(region === undefined ? [] : [region.toUpperCase()]),
  ]
    .join("-")
    .concat(variants.toLowerCase());
}

/** A language tag, however it is capitalised; the result is spelled canonically. */
export const localeSchema = z
  .string()
  .transform((tag, context) => {
    const canonical = canonicalLocale(tag);
    if (canonical !== null) return canonical;
    context.addIssue({ code: "custom", message: "must be a language tag such as en, pt-BR or zh-Hant-TW" });
    return z.NEVER;
  })
  .meta({ maxLength: MAX_LENGTH, pattern: String.raw`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$` });

/** The tag itself and what it falls back to, the most specific first: `zh-Hant-TW`, `zh-Hant`, `zh`. */
export function localeChain(tag: string): string[] {
  const parts = tag.split("-");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("-"));
}
