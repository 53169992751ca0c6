import { describe, expect, it } from "vitest";
import { renderDocsPage } from "./docs-page.ts";
import { makeDocument } from "./document.ts";

type Parameter = { in: string; name: string; required?: boolean };
type Described = { operationId: string; parameters?: Parameter[] };

const document = makeDocument("http://127.0.0.1:3000");
const { html } = renderDocsPage(document);
const operations = Object.values(document.paths ?? {}).flatMap((methods) =>
  Object.values(methods as object),
) as Described[];
const articles = new Map(
  [...html.matchAll(/<article id="(\w+)">(.*?)<\/article>/gs)].map(([, id = "", article = ""]) => [id, article]),
);

describe("the page of the API", () => {
  it.each(operations.map((operation) => [operation.operationId, operation.parameters ?? []] as const))(
    "names every parameter of %s, and shows a call that has those it needs",
    (id, parameters) => {
      const article = articles.get(id) ?? "";
      const rows = [...article.matchAll(/<tr><td><code>(.*?)<\/code>/g)].map(([, name]) => name);
      expect(rows).toEqual(expect.arrayContaining(parameters.map(({ name }) => name)));
      const [, address = ""] = /curl.*? &quot;\$TIDINGS_URL(.*?)&quot;/.exec(article) ?? [];
      const { searchParams } = new URL(address.replaceAll("&amp;", "&"), "http://tidings.test");
      const needed = parameters.filter(({ in: place, required }) => place === "query" && required === true);
      // Where there is no example, a parameter's own name stands in for it.
      expect(needed.filter(({ name }) => [null, name].includes(searchParams.get(name)))).toEqual([]);
    },
  );
});
