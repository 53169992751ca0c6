import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { TemplateLocales } from "../domain/template.ts";
import { renderContent } from "./render.ts";
import { MissingVariableError, TemplateError } from "./template-errors.ts";

const sms = (text: string): TemplateLocales => ({ default: { sms: { text } } });
const renderSms = (source: string, variables: Record<string, unknown> = {}) =>
  renderContent(sms(source), "sms", null, variables);
const email = (parts: { subject?: string; text?: string; html?: string }): TemplateLocales => ({
  default: { email: { subject: "S", text: "T", ...parts } },
});

/** A list that a filter makes out of itself, again and again. */
function grown(filter: string, from = "long", times = 40): string {
  return `{% assign a = ${from} %}{% for i in (1..${times}) %}{% assign a = a | ${filter} %}{% endfor %}`;
}

const either = (condition: string) => Array.from({ length: 200 }, () => condition).join(" or ");

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("renderContent", () => {
  it("renders every part of a channel", () => {
    const locales: TemplateLocales = {
      default: {
        push: { title: "Hi {{ user.name }}", body: "{{ n | plus: 1 }}" },
        email: { subject: "{{ n }}", text: "t", html: "<b>{{ n }}</b>" },
      },
    };
    const variables = { n: 1, user: { name: "Mina" } };
    expect(renderContent(locales, "push", null, variables)).toEqual({
      kind: "push",
      title: "Hi Mina",
      body: "2",
      data: {},
    });
    expect(renderContent(locales, "email", null, variables)).toEqual({
      kind: "email",
      subject: "1",
      text: "t",
      html: "<b>1</b>",
    });
  });

  it("has null for an email without HTML", () => {
    expect(renderContent(email({}), "email", null, {})).toMatchObject({ html: null });
  });

  it("escapes what HTML prints, captured and cycled text included, and no other text", () => {
    const evil = `<script>"&'`;
    const html = "{{ x }}{% echo x %}{% cycle x %}{% capture c %}{{ x }}{% endcapture %}{{ x | raw }}";
    const escaped = "&lt;script&gt;&#34;&amp;&#39;";
    expect(renderContent(email({ text: "{{ x }}", html }), "email", null, { x: evil })).toMatchObject({
      text: evil,
      html: escaped.repeat(3) + evil,
    });
  });

  it.each([
    ["{{ x | escape }}", "O&#39;Neil &amp; &amp;lt;"],
    ["{{ x | escape | strip }}", "O&#39;Neil &amp; &amp;lt;"],
    ["{{ x | escape | append: '<' }}", "O&#39;Neil &amp; &amp;lt;&lt;"],
    ["{% echo x | xml_escape %}", "O&#39;Neil &amp; &amp;lt;"],
    ["{% cycle x | escape %}", "O&#39;Neil &amp; &amp;lt;"],
    ["{{ x | escape_once }}", "O&#39;Neil &amp; &lt;"],
    ["{% capture c %} {{ x }}{% endcapture %}{{ c | strip }}", "O&#39;Neil &amp; &amp;lt;"],
    ["{% capture c %}{{ x }}{% endcapture %}{{ c }} {{ x }}", "O&#39;Neil &amp; &amp;lt; O&#39;Neil &amp; &amp;lt;"],
    ["{{ x | escape | split: '~' | first }}", "O&#39;Neil &amp; &amp;lt;"],
    ["{% capture c %}{{ x }},a{% endcapture %}{{ c | split: ',' | join: '+' }}", "O&#39;Neil &amp; &amp;lt;+a"],
    ["{% capture c %}<b>{{ x }}</b>{% endcapture %}{{ c }}", "&lt;b&gt;O&#39;Neil &amp; &amp;lt;&lt;/b&gt;"],
    ["{% capture c %}<b>{{ x }}</b>{% endcapture %}{{ c | raw }}", "<b>O&#39;Neil &amp; &amp;lt;</b>"],
    ["{% capture c %}{{ evil | raw }}{% endcapture %}{{ c }}{{ evil }}", "&lt;i&gt;&lt;i&gt;"],
  ])("escapes %s once", (html, text) => {
    const variables = { x: "O'Neil & &lt;", evil: "<i>" };
    expect(renderContent(email({ html }), "email", null, variables)).toMatchObject({ html: text });
  });

  const piece = fc.constantFrom("<", ">", '"', "'", "&", "&lt;", "&amp;lt;", "&#39;", "a", ";", "#39;");
  const words = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
  const filter = fc.constantFrom(
    "escape",
    "escape_once",
    "xml_escape",
    "strip",
    "upcase",
    "append: y",
    "prepend: y",
    "json",
    "truncate: 3",
  );
  const chain = fc.array(filter, { maxLength: 4 }).map((names) => names.map((name) => ` | ${name}`).join(""));

  it("prints no markup out of variables, whatever they went through", () => {
    fc.assert(
      fc.property(words, words, chain, chain, fc.boolean(), (x, y, before, after, raw) => {
        const html = `{% capture c %}{{ x${before}${raw ? " | raw" : ""} }}{% endcapture %}{{ c${after} }}{{ x${after} }}`;
        const rendered = renderContent(email({ html }), "email", null, { x, y });
        expect(rendered.kind === "email" && rendered.html).not.toMatch(/[<>"']/);
      }),
    );
  });

  it("prints the words of a variable as they are", () => {
    fc.assert(
      fc.property(words, (x) => {
        const plain = renderContent(email({ html: "{{ x }}" }), "email", null, { x });
        for (const html of ["{{ x | escape }}", "{% capture c %}{{ x }}{% endcapture %}{{ c }}"]) {
          expect(renderContent(email({ html }), "email", null, { x })).toEqual(plain);
        }
      }),
    );
  });

  it("lets nothing break the line of a subject or a title", () => {
    const x = "a\r\nBcc: b@example.com\0\u2028\u0085c\n";
    const clean = "a Bcc: b@example.com c";
    expect(renderContent(email({ subject: "{{ x }}" }), "email", null, { x })).toMatchObject({ subject: clean });
    const push: TemplateLocales = { default: { push: { title: "{{ x }}", body: "{{ '%0Ab%00' | url_decode }}" } } };
    expect(renderContent(push, "push", null, { x })).toMatchObject({ title: clean, body: "\nb" });
  });

  it("makes well-formed text of what a filter cut in half", () => {
    expect(renderSms("{{ x | split: '' | first }}{{ x }}", { x: "\ud83d" })).toEqual({ kind: "sms", text: "��" });
  });

  it.each([
    ["{{ item }}", {}, "item"],
    ["{{ user.first_name }}", { user: { id: "u1" } }, "user.first_name"],
    ["{{ order.lines[0].name }}", {}, "order.lines[0].name"],
    [
      "{% for line in order.lines %}{{ line.name }}{% endfor %}",
      { order: { lines: [{ name: "a" }, {}] } },
      "order.lines[1].name",
    ],
    ["{% assign first = lines | first %}{{ first.name.last }}", { lines: [{}] }, "lines[0].name.last"],
    ["{{ a['odd key'] }}", { a: {} }, 'a["odd key"]'],
    ["{{ toString }}", {}, "toString"],
    ["{{ a.constructor }}", { a: {} }, "a.constructor"],
    ["{{ __proto__ }}", {}, "__proto__"],
  ])("names what %s misses", (source, variables, name) => {
    const error = thrownBy(() => renderSms(source, variables));
    expect(error).toBeInstanceOf(MissingVariableError);
    expect(error).toMatchObject({ variable: name, kind: "sms", locale: "default" });
  });

  it.each([
    ["{{ x | default: 'none' }}", "none"],
    ["{% if x %}{{ x }}{% else %}none{% endif %}", "none"],
    ["{% unless x %}none{% endunless %}", "none"],
    ["{% assign y = 'no' %}{{ y }}{% capture z %}ne{% endcapture %}{{ z }}", "none"],
    ["{% for i in (1..2) %}{{ forloop.index }}{% endfor %}", "12"],
    ["{{ given }}", ""],
  ])("needs nothing for %s", (source, text) => {
    expect(renderSms(source, { given: null })).toEqual({ kind: "sms", text });
  });

  it("leaves the variables as they were", () => {
    const variables = { n: 1, list: [1] };
    renderSms("{% increment n %}{% assign n = 5 %}{% assign l = list | push: 2 %}{{ n }}", variables);
    expect(variables).toEqual({ n: 1, list: [1] });
  });

  it.each([
    ["{% include 'x' %}", /tag "include" not found/],
    ["{% render 'x' %}", /tag "render" not found/],
    ["{% layout 'x' %}", /tag "layout" not found/],
    ["{{ a | where_exp: 'x', 'true' }}", /undefined filter/],
    ["{{ a | nope }}", /undefined filter: nope/],
    ["{% if a %}", /not closed/],
    ["{{ 'x' | base64_decode: }}{{ '?' | base64_decode }}", /invalid base64/],
  ])("refuses %s", (source, problem) => {
    const error = thrownBy(() => renderSms(source, { a: [] }));
    expect(error).toBeInstanceOf(TemplateError);
    expect(error).toMatchObject({
      field: "locales.default.sms.text",
      problem: expect.stringMatching(problem) as string,
    });
  });

  it("says where a template is wrong", () => {
    expect(thrownBy(() => renderSms("one\ntwo {{ x | nope }}", { x: 1 }))).toMatchObject({ line: 2, column: 5 });
  });

  it.each([
    ["a loop that prints", "{% for i in (1..100000) %}xxxxxxxxxxxxxxxxxxxx{% endfor %}"],
    [
      "a loop that captures",
      "{% capture c %}{% for i in (1..900000) %}xxxxxxxxxxxxxxxxxxxx{% endfor %}{% endcapture %}",
    ],
    ["a range", "{% for i in (1..1000000000) %}{% endfor %}"],
    ["a string that doubles", "{% assign s = 'x' %}{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}"],
    ["a wide date", "{{ 'now' | date: '%999999999Y' }}"],
    [
      "nested loops that make nothing",
      "{% for a in l %}{% for b in l %}{% for c in l %}{% endfor %}{% endfor %}{% endfor %}",
    ],
    ["deep nesting", "{% if true %}".repeat(4_900)],
    ["a list that holds itself twice, printed", `${grown("push: a")}{{ a }}`],
    ["a list that begins with itself twice, joined", `${grown("unshift: a")}{{ a | join }}`],
    ["groups of groups, printed", `${grown("concat: a | group_by: 'size' | map: 'items'")}{{ a }}`],
    ["groups of groups, as JSON", `${grown("concat: a | group_by: 'size'")}{{ a | json }}`],
    ["lists of lists that are compared", `${grown("push: a")}{% if a == a %}{% endif %}`],
    ["lists of lists in a case", `${grown("push: a")}{% case a %}{% when a %}{% endcase %}`],
    ["lists of lists in one expression", `{{ o${" | push: wide".repeat(1_000)} | join }}`],
    ["a long list many times, joined", `${grown("concat: a", "long", 17)}{{ a | join }}`],
    ["a long list many times, printed", `${grown("concat: a", "long", 17)}{{ a }}`],
    [
      "many comparisons",
      `{% assign a = (1..400000) %}{% assign b = (1..400000) %}{% if ${either("a != b")} %}{% endif %}`,
    ],
    ["indentation", `{% assign a = wide %}${"{% assign a = o | push: a %}".repeat(50)}{{ a | json: 10 | size }}`],
    ["a range that cannot be counted", "{% for i in (10000000000000000..10000000000000002) %}{% endfor %}"],
    ["a range to a variable", "{% assign n = 10000000000000000 | plus: 2 %}{{ (10000000000000000..n) | size }}"],
  ])("gives up soon on %s", (_, source) => {
    const started = performance.now();
    const ones = (length: number) => Array.from({ length }, () => 1);
    const variables = { l: ones(5_000), long: [ones(20_000)], wide: ones(200_000), o: [] };
    expect(thrownBy(() => renderSms(source, variables))).toBeInstanceOf(TemplateError);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("lets lists hold lists and objects", () => {
    const variables = { lines: [{ n: "a" }], extra: { n: "b" }, tags: ["x"] };
    const source = "{% assign all = lines | push: extra | unshift: extra %}{% for l in all %}{{ l.n }}{% endfor %}";
    expect(renderSms(`${source}{{ tags | push: lines | json }}`, variables)).toMatchObject({
      text: 'bab["x",[{"n":"a"}]]',
    });
  });

  it("fails no template because the machine stood still", () => {
    let asked = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => 10_000 * asked++);
    onTestFinished(() => clock.mockRestore());
    expect(renderSms("{{ a }}{{ a }}", { a: 1 })).toMatchObject({ text: "11" });
  });

  it.each([
    ["title", { title: "한".repeat(600), body: "x".repeat(1_601) }],
    ["body", { title: "한".repeat(500), body: "x".repeat(1_901) }],
    ["body", { title: "t", body: `${"\n".repeat(1_699)}xx` }],
  ])("refuses a push whose texts are too many bytes, naming its larger %s", (part, push) => {
    expect(renderContent({ default: { push: { ...push, body: push.body.slice(1) } } }, "push", null, {})).toBeDefined();
    const error = thrownBy(() => renderContent({ default: { push } }, "push", null, {}));
    expect(error).toBeInstanceOf(TemplateError);
    expect(error).toMatchObject({
      field: `locales.default.push.${part}`,
      problem: expect.stringMatching("bytes") as string,
    });
  });

  it("refuses a channel that the template has nothing for", () => {
    expect(thrownBy(() => renderContent(sms("x"), "push", null, {}))).toBeInstanceOf(TemplateError);
  });
});
