import { describe, expect, it } from "vitest";
import { checkTemplate } from "./check-template.ts";

describe("checkTemplate", () => {
  it("finds nothing wrong with good templates", () => {
    expect(checkTemplate({ default: { sms: { text: "{{ a }} {% if b %}{{ c | upcase }}{% endif %}" } } })).toEqual([]);
  });

  it("names the part, line and column of every problem", () => {
    const locales = {
      default: { push: { title: "ok", body: "a\n  {{ x | nope }}" } },
      "pt-BR": { email: { subject: "{% if x %}", text: "{{ x", html: "{% include 'a' %}" } },
    };
    expect(checkTemplate(locales)).toEqual([
      { field: "locales.default.push.body", line: 2, column: 3, message: "undefined filter: nope" },
      { field: "locales.pt-BR.email.subject", line: 1, column: 1, message: "tag {% if x %} not closed" },
      { field: "locales.pt-BR.email.text", line: 1, column: 1, message: 'output "{{ x" not closed' },
      { field: "locales.pt-BR.email.html", line: 1, column: 1, message: 'tag "include" not found' },
    ]);
  });
});
