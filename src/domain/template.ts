import { z } from "zod";
import type { ContentKind } from "./channel.ts";
import { canonicalLocale, localeChain } from "./locale.ts";

/** The locale that every template has, and that every other one falls back to. */
const DEFAULT_LOCALE = "default";
const MAX_LOCALES = 100;

// Characters of template source. The body of a request is smaller than all of them together.
const line = z.string().min(1, "must not be empty").max(1_000);
const text = z.string().min(1, "must not be empty").max(64_000);

const pushSchema = z.strictObject({ title: line, body: text });
const smsSchema = z.strictObject({ text });
const emailSchema = z.strictObject({ subject: line, text, html: z.string().min(1).max(200_000).optional() });

const localeContentSchema = z
  .strictObject({ push: pushSchema.optional(), sms: smsSchema.optional(), email: emailSchema.optional() })
  .refine(({ push, sms, email }) => [push, sms, email].some((part) => part !== undefined), {
    message: "must have at least one of push, sms, email",
  })
  .meta({ minProperties: 1 });

const localesSchema = z.record(z.string(), localeContentSchema).superRefine((locales, context) => {
  if (!Object.hasOwn(locales, DEFAULT_LOCALE)) {
    context.addIssue({ code: "custom", path: [DEFAULT_LOCALE], message: "is required" });
  }
  const tags = Object.keys(locales).filter((tag) => tag !== DEFAULT_LOCALE);
  if (tags.length >= MAX_LOCALES) {
    context.addIssue({ code: "custom", message: `must have at most ${MAX_LOCALES} locales` });
  }
  for (const tag of tags) {
    const canonical = canonicalLocale(tag);
    // One spelling per locale, else two entries could claim the same readers.
    if (canonical === tag) continue;
    const message = canonical === null ? "must be a language tag such as pt-BR" : `must be spelled ${canonical}`;
    context.addIssue({ code: "custom", path: [tag], message });
  }
});

/** Texts by language tag. */
export const templateLocalesSchema = localesSchema.meta({ required: [DEFAULT_LOCALE], maxProperties: MAX_LOCALES });

/** Liquid source per locale and channel; `default` is always there. */
export type TemplateLocales = z.infer<typeof templateLocalesSchema>;
export type TemplateContent = z.infer<typeof localeContentSchema>;

/** The part of one channel, and the locale it was found in. */
export type SelectedContent<K extends ContentKind> = { locale: string; content: NonNullable<TemplateContent[K]> };

/**
 * The part for this channel in the closest locale that has one: `pt-BR`, then `pt`, then `default`. Null where the
 * template says nothing for this channel.
 */
export function selectContent<K extends ContentKind>(
  locales: TemplateLocales,
  kind: K,
  locale: string | null,
): SelectedContent<K> | null {
  for (const tag of localesTried(locale)) {
    const content = Object.hasOwn(locales, tag) ? locales[tag]?.[kind] : undefined;
    if (content !== undefined) return { locale: tag, content };
  }
  return null;
}

/** The same choice without the texts: what a reader of this locale can be sent, given the kinds of each locale. */
export function contentKindsFor(
  kindsByLocale: Record<string, readonly ContentKind[]>,
  locale: string | null,
): ReadonlySet<ContentKind> {
  return new Set(
    localesTried(locale).flatMap((tag) => (Object.hasOwn(kindsByLocale, tag) ? (kindsByLocale[tag] ?? []) : [])),
  );
}

/** The closest locale first, `default` last. */
function localesTried(locale: string | null): string[] {
  const canonical = locale === null ? null : canonicalLocale(locale);
  return [...(canonical === null ? [] : localeChain(canonical)), DEFAULT_LOCALE];
}

export const templateIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, "must be 1 to 128 characters of A-Z, a-z, 0-9, '.', '_', ':' and '-'");

/** What PUT takes. */
export const templateBodySchema = z.strictObject({ locales: templateLocalesSchema });
