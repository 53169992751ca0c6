import { describe, expect, it } from "vitest";
import { selectContent, templateIdSchema, templateLocalesSchema } from "./template.ts";

const sms = (text: string) => ({ sms: { text } });
const refusedAt = (locales: unknown) =>
  templateLocalesSchema.safeParse(locales).error?.issues.map((issue) => issue.path.join("."));

describe("templateLocalesSchema", () => {
  it("takes several locales and channels", () => {
    const locales = { default: { push: { title: "T", body: "B" } }, "pt-BR": sms("Oi") };
    expect(templateLocalesSchema.parse(locales)).toEqual(locales);
  });

  it.each([
    ["no default", { en: sms("Hi") }, ["default"]],
    ["a locale without a channel", { default: {} }, ["default"]],
    ["another spelling of a locale", { default: sms("Hi"), "pt-br": sms("Oi") }, ["pt-br"]],
    ["what is no locale", { default: sms("Hi"), english: sms("Hi") }, ["english"]],
    ["a field that does not exist", { default: { sms: { text: "Hi", body: "Hi" } } }, ["default.sms"]],
    ["an empty text", { default: sms("") }, ["default.sms.text"]],
    ["an email without text", { default: { email: { subject: "S", html: "<p>" } } }, ["default.email.text"]],
    ["too long a title", { default: { push: { title: "x".repeat(1_001), body: "B" } } }, ["default.push.title"]],
  ])("refuses %s", (_, locales, paths) => {
    expect(refusedAt(locales)).toEqual(paths);
  });
});

describe("selectContent", () => {
  const locales = templateLocalesSchema.parse({
    default: { ...sms("default"), push: { title: "T", body: "B" } },
    pt: sms("pt"),
    "pt-BR": { push: { title: "pt-BR", body: "B" } },
  });

  it.each([
    ["pt-BR", "push", "pt-BR"],
    ["pt-BR", "sms", "pt"],
    ["pt-PT", "push", "default"],
    ["PT-br", "push", "pt-BR"],
    ["ko", "sms", "default"],
    [null, "sms", "default"],
    ["not a locale", "sms", "default"],
    ["constructor", "sms", "default"],
  ] as const)("for %s and %s takes %s", (locale, kind, expected) => {
    expect(selectContent(locales, kind, locale)?.locale).toBe(expected);
  });

  it("finds nothing for a channel that no locale on the way has", () => {
    expect(selectContent(locales, "email", "pt-BR")).toBeNull();
  });
});

describe("templateIdSchema", () => {
  it.each(["order_shipped", "a", "v1.2:x-y"])("takes %s", (id) =>
    expect(templateIdSchema.safeParse(id).success).toBe(true),
  );
  it.each(["", "a b", "ä", "../x", "a".repeat(129), ".."])("refuses %j", (id) =>
    expect(templateIdSchema.safeParse(id).success).toBe(false),
  );
});
