import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TemplateLocales } from "../domain/template.ts";
import { findMissingVariables, type Reach } from "./missing-variables.ts";
import { renderContent } from "./render.ts";
import { MissingVariableError, TemplateError } from "./template-errors.ts";

const sms = (text: string): TemplateLocales => ({ default: { sms: { text } } });
const missing = (source: string, variables: Record<string, unknown> = {}) =>
  findMissingVariables(sms(source), { kinds: ["sms"], locales: [null] }, variables).map(({ variable }) => variable);

describe("findMissingVariables", () => {
  it("names all of them, once each", () => {
    expect(missing("{{ a }}{{ b.c }}{{ a }}{{ d[0].e }}")).toEqual(["a", "b.c", "d[0].e"]);
  });

  it("looks into every element of a loop", () => {
    const lines = [{ name: "x" }, {}, { name: "y" }, {}];
    expect(missing("{% for l in lines %}{{ l.name }}{% endfor %}", { lines })).toEqual([
      "lines[1].name",
      "lines[3].name",
    ]);
  });

  it("needs what a loop goes through, and nothing of an empty one", () => {
    const source = "{% for l in lines %}{{ l.name }}{{ a }}{% endfor %}";
    expect(missing(source)).toEqual(["lines"]);
    expect(missing(source, { lines: [] })).toEqual([]);
  });

  it("needs the branch that is taken, and only that one", () => {
    const source = "{% if vip == true %}{{ perk }}{% else %}{{ offer }}{% endif %}";
    expect(missing(source, { vip: true })).toEqual(["perk"]);
    expect(missing(source, { vip: false })).toEqual(["offer"]);
    expect(missing(source)).toEqual(["offer"]);
    expect(missing("{% if user.name %}Hi {{ user.name }}{% endif %}", { user: {} })).toEqual([]);
  });

  it.each([
    ["{% assign n = a.b %}{{ n }}", ["a.b"]],
    ["{% assign n = a.b | upcase %}{{ n }}", ["a.b"]],
    ["{% liquid\nassign n = a.b\necho n %}", ["a.b"]],
    ["{% assign n = a.b | default: 'x' %}{{ n }}", []],
    ["{% assign n = a.b | default: nil %}{% if n %}{{ n }}{% endif %}", []],
  ])("names what %s leaves to be printed later", (source, names) => {
    expect(missing(source, { a: {} })).toEqual(names);
  });

  it.each([
    ["{{ x | where: 'a', 1 | size }}", "1"],
    ["{{ x | where: 'a' | size }}", "1"],
    ["{{ x | reject: 'a', 1 | size }}", "3"],
    ["{{ x | where: 'a.b', nil | size }}", "4"],
    ["{% assign y = x | find: 'a', 1 %}{{ y.a }}", "1"],
    ["{{ x | find_index: 'a', 1 }}", "2"],
    ["{{ x | has: 'a', 1 }}", "true"],
    ["{{ x | has: 'b', 1 }}", "false"],
    [
      "{% assign g = x | group_by: 'a' %}{% for y in g %}{{ y.name | default: '-' }}{{ y.items | size }} {% endfor %}",
      "-3 11 ",
    ],
  ])("lets elements lack what %s asks of them", (source, text) => {
    const x = [{}, { a: null }, { a: 1 }, 7];
    expect(missing(source, { x })).toEqual([]);
    expect(renderContent(sms(source), "sms", null, { x })).toMatchObject({ text });
  });

  it("needs what elements are compared with", () => {
    expect(missing("{{ x | where: 'a', b.c | size }}{{ x | where: d | size }}", { x: [{}] })).toEqual(["b.c", "d"]);
  });

  it("asks each channel and locale that can be reached, and no other", () => {
    const locales: TemplateLocales = {
      default: {
        sms: { text: "{{ a }}" },
        push: { title: "{{ b }}", body: "{{ c }}" },
        email: { subject: "{{ d }}", text: "x" },
      },
      ko: { sms: { text: "{{ e }}" } },
      pt: { sms: { text: "{{ f }}" } },
    };
    expect(findMissingVariables(locales, { kinds: ["sms", "push"], locales: ["ko-KR", null] }, { c: 1 })).toEqual([
      { variable: "e", kind: "sms", locale: "ko" },
      { variable: "a", kind: "sms", locale: "default" },
      { variable: "b", kind: "push", locale: "default" },
    ]);
  });

  it("names a bounded number", () => {
    expect(missing(Array.from({ length: 100 }, (_, i) => `{{ v${i} }}`).join(""))).toHaveLength(20);
  });

  it("comes to the end of a text that lacks much of what is optional", () => {
    const optional = ["note", "color", "size"].map((key) => `{% if line.${key} == 1 %}{% endif %}`).join("");
    const source = `{% for line in lines %}${optional}{% endfor %}`;
    const lines = Array.from({ length: 2_000 }, () => ({ name: "n", price: { amount: 1 } }));
    expect(missing(source, { lines })).toEqual([]);
    expect(missing(`{{ first }}${source}{{ last }}`, { lines })).toEqual(["first", "last"]);
  });

  it("reports a push that is too large once nothing is missing", () => {
    const locales: TemplateLocales = { default: { push: { title: "{{ a }}", body: "{{ b }}" } } };
    const reach: Reach = { kinds: ["push"], locales: [null] };
    const b = "한".repeat(1_200);
    expect(findMissingVariables(locales, reach, { b })).toMatchObject([{ variable: "a" }]);
    expect(() => findMissingVariables(locales, reach, { a: "", b })).toThrow(/push\.body: .* bytes/);
  });

  it("reports a template that fails for another reason", () => {
    expect(() => missing("{% for i in (1..100000) %}xx{% endfor %}")).toThrow(TemplateError);
  });

  const name = fc.constantFrom("a", "b", "c");
  const path = fc.oneof(
    name,
    fc.tuple(name, name).map((keys) => keys.join(".")),
    name.map((key) => `${key}[0].${key}`),
  );
  const source = fc.letrec<{ node: string; list: string }>((tie) => ({
    list: fc.array(tie("node"), { maxLength: 4 }).map((nodes) => nodes.join(" ")),
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      path.map((p) => `{{ ${p} }}`),
      path.map((p) => `{{ ${p} | default: "d" }}`),
      path.map((p) => `{{ ${p} | upcase | default: "d" }}`),
      fc.tuple(path, path).map(([p, q]) => `{{ ${p} | append: ${q} }}`),
      fc.tuple(name, path).map(([n, p]) => `{% assign ${n} = ${p} %}`),
      fc.tuple(name, path).map(([n, p]) => `{% assign ${n} = ${p} | first %}`),
      fc.tuple(path, name).map(([p, n]) => `{{ ${p} | where: "${n}" | size }}`),
      path.map((p) => `{% increment ${p.slice(0, 1)} %}`),
      fc.tuple(name, tie("list")).map(([n, body]) => `{% capture ${n} %}${body}{% endcapture %}`),
      fc.tuple(path, tie("list"), tie("list")).map(([p, x, y]) => `{% if ${p} %}${x}{% else %}${y}{% endif %}`),
      fc.tuple(path, path, tie("list")).map(([p, q, x]) => `{% unless ${p} == ${q} %}${x}{% endunless %}`),
      fc.tuple(path, path, tie("list")).map(([p, q, x]) => `{% case ${p} %}{% when ${q} %}${x}{% endcase %}`),
      fc.tuple(name, path, tie("list")).map(([n, p, x]) => `{% for ${n} in ${p} %}${x}{{ forloop.index }}{% endfor %}`),
    ),
  })).list;
  const leaf = fc.constantFrom<unknown>(null, 1, "text", true, false, {}, []);
  const holder = fc.dictionary(name, leaf, { noNullPrototype: true });
  const value = fc.oneof(leaf, holder, fc.array(holder, { maxLength: 3 }));
  const variables = fc.dictionary(name, value, { noNullPrototype: true });

  it("is empty exactly where a strict rendering misses nothing", () => {
    fc.assert(
      fc.property(source, variables, (text, given) => {
        const names = missing(`x${text}`, given);
        try {
          renderContent(sms(`x${text}`), "sms", null, given);
          expect(names).toEqual([]);
        } catch (error) {
          if (!(error instanceof MissingVariableError)) throw error;
          expect(names[0]).toBe(error.variable);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
