import { describe, expect, it } from "vitest";
import { canonicalLocale, localeChain, localeSchema } from "./locale.ts";

describe("canonicalLocale", () => {
  it.each([
    ["en", "en"],
    ["PT-br", "pt-BR"],
    ["zh-hant-tw", "zh-Hant-TW"],
    ["es-419", "es-419"],
    ["de-CH-1996", "de-CH-1996"],
    ["ca-ES-VALENCIA", "ca-ES-valencia"],
  ])("spells %s as %s", (tag, expected) => {
    expect(canonicalLocale(tag)).toBe(expected);
    expect(canonicalLocale(expected)).toBe(Intl.getCanonicalLocales(tag)[0]);
  });

  it.each(["", "e", "english", "pt_BR", "en-", "-en", "en-US-", "default", "en\n", "日本"])("refuses %j", (tag) => {
    expect(canonicalLocale(tag)).toBeNull();
    expect(localeSchema.safeParse(tag).success).toBe(false);
  });
});

describe("localeChain", () => {
  it("drops one part after the other", () => {
    expect(localeChain("zh-Hant-TW")).toEqual(["zh-Hant-TW", "zh-Hant", "zh"]);
    expect(localeChain("ko")).toEqual(["ko"]);
  });
});
