import { inline, methodLabel, paragraphs, text } from "./html.ts";
import { type Components, type JsonSchema, resolve, type SchemaRow, tablesOf, typeOf } from "./schema-rows.ts";

/** What a page takes from an operation of the document. */
export type DescribedOperation = {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  "x-scopes": string[];
  parameters?: { in: string; name: string; required?: boolean; schema: JsonSchema }[];
  requestBody?: { required?: boolean; content: Record<string, { schema: JsonSchema; example: unknown }> };
  responses: Record<string, DescribedResponse>;
};

export type DescribedResponse = {
  $ref?: string;
  description: string;
  headers?: Record<string, { $ref?: string; description?: string }>;
  content?: Record<string, { schema: JsonSchema }>;
};

/** `path` as OpenAPI has it. */
export type Route = { method: string; path: string; operation: DescribedOperation };

export type DescribedComponents = { schemas: Components; responses: Record<string, DescribedResponse> };

/** The part of the page about one operation. */
export function operationArticle(route: Route, components: DescribedComponents): string {
  const { method, path, operation } = route;
  const { operationId, summary, description = "", requestBody, responses } = operation;
  return `<article id="${operationId}">
<header><h3><a href="#${operationId}">${methodLabel(method)}<code>${text(path)}</code></a></h3>
<p class="summary">${inline(summary)}.</p></header>
${paragraphs(description)}
<p class="soft">${scopes(operation["x-scopes"])}</p>
${parameters("path", operation, components.schemas)}
${parameters("query", operation, components.schemas)}
${parameters("header", operation, components.schemas)}
${body(requestBody, components.schemas)}
${call(route, components.schemas)}
<h4>Answers</h4>
${Object.entries(responses)
  .map(([status, response]) => answer(status, dereferenced(response, components), components.schemas))
  .join("\n")}
</article>`;
}

function scopes(names: readonly string[]): string {
  if (names.length === 0) return "Without a key.";
  return `Scope ${names.map((name) => `<code>${text(name)}</code>`).join(" or ")}.`;
}

const PLACES = { path: "Path", query: "Query", header: "Headers" } as const;

function parameters(place: keyof typeof PLACES, operation: DescribedOperation, schemas: Components): string {
  const here = (operation.parameters ?? []).filter((parameter) => parameter.in === place);
  if (here.length === 0) return "";
  const properties = Object.fromEntries(here.map(({ name, schema }) => [name, schema]));
  const required = here.filter((parameter) => parameter.required === true).map(({ name }) => name);
  return `<h4>${PLACES[place]}</h4>${tables({ properties, required }, schemas, "required")}`;
}

function body(requestBody: DescribedOperation["requestBody"], schemas: Components): string {
  const schema = requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return "";
  const optional = requestBody?.required === false ? " <small>may be left out</small>" : "";
  return `<h4>Body${optional}</h4>${tables(schema, schemas, "required")}`;
}

/** A call that a shell runs as it is, where the document has examples. */
function call({ method, path, operation }: Route, schemas: Components): string {
  const exampleFor = (name: string) => {
    const schema = operation.parameters?.find((parameter) => parameter.name === name)?.schema ?? {};
    const example = exampleOf(schema, schemas);
    return encodeURIComponent(typeof example === "string" ? example : name);
  };
  const query = (operation.parameters ?? [])
    .filter((parameter) => parameter.in === "query" && parameter.required === true)
    .map(({ name }) => `${name}=${exampleFor(name)}`);
  const url =
    path.replace(/\{(\w+)\}/g, (_, name: string) => exampleFor(name)) +
    (query.length === 0 ? "" : `?${query.join("&")}`);
  const json = operation.requestBody?.content["application/json"];
  const lines = [
    `curl${method === "get" ? "" : ` -X ${method.toUpperCase()}`} "$TIDINGS_URL${url}"`,
    ...(operation["x-scopes"].length === 0 ? [] : ['-H "Authorization: Bearer $TIDINGS_KEY"']),
    ...(json === undefined
      ? []
      : ["-H 'Content-Type: application/json'", `-d '${pretty(json.example).replaceAll("'", "'\\''")}'`]),
  ];
  return `<pre>${text(lines.join(" \\\n  "))}</pre>`;
}

function answer(status: string, response: DescribedResponse, schemas: Components): string {
  const label = `<span class="status ${Number(status) < 400 ? "good" : "bad"}">${status}</span>`;
  const schema = response.content?.["application/json"]?.schema;
  const headers = Object.entries(response.headers ?? {}).flatMap(([name, { $ref, description = "" }]) =>
    // Those that every answer has are said once, in the document.
    $ref === undefined ? [`<p>Header <code>${text(name)}</code>: ${inline(description)}</p>`] : [],
  );
  const inside = headers.join("") + (schema === undefined ? "" : shape(schema, schemas));
  const lines = response.description.split("\n\n").map((line) => `${label}${inline(line)}`);
  if (inside === "") return lines.map((line) => `<p class="answer">${line}</p>`).join("");
  return `<details><summary>${lines.join(" ")}</summary><div>${inside}</div></details>`;
}

function shape(schema: JsonSchema, schemas: Components): string {
  const example = exampleOf(schema, schemas);
  return tables(schema, schemas, "optional") + (example === undefined ? "" : `<pre>${text(pretty(example))}</pre>`);
}

/** `mark` says which fields are marked: in a request those that are required, in an answer those that may be missing. */
function tables(schema: JsonSchema, schemas: Components, mark: "required" | "optional"): string {
  const found = tablesOf(schema, schemas).filter(({ rows }) => rows.length > 0);
  if (found.length === 0) return `<p class="soft">${text(typeOf(schema, schemas))}</p>`;
  return found
    .map(({ title, rows }) => {
      const heading = title === "" ? "" : `<p>With <code>${text(title)}</code>:</p>`;
      const lines = rows.map((row) => rowOf(row, (mark === "required") === row.required ? mark : null)).join("");
      return `${heading}<div class="scroll"><table><thead><tr><th>Name</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${lines}</tbody></table></div>`;
    })
    .join("");
}

function rowOf({ name, type, limits, description }: SchemaRow, mark: string | null): string {
  const label = text(name).replaceAll(/[.\]]/g, "$&<wbr>");
  const meaning = [inline(description), limits === "" ? "" : `<span class="soft">${inline(limits)}</span>`];
  return `<tr><td><code>${label}</code>${mark === null ? "" : ` <span class="${mark}">${mark}</span>`}</td><td>${text(type)}</td><td>${meaning.filter((part) => part !== "").join("<br>")}</td></tr>`;
}

/** The first example that the schema names; of a page of things, that of one thing. */
function exampleOf(schema: JsonSchema, schemas: Components): unknown {
  const { examples, properties } = resolve(schema, schemas);
  if (examples !== undefined) return examples[0];
  const item = properties?.items?.items;
  const one = item === undefined ? undefined : exampleOf(item, schemas);
  if (one === undefined) return undefined;
  return { items: [one], ...(properties?.nextCursor === undefined ? {} : { nextCursor: null }) };
}

function dereferenced(response: DescribedResponse, { responses }: DescribedComponents): DescribedResponse {
  const name = response.$ref?.slice(response.$ref.lastIndexOf("/") + 1);
  return name === undefined ? response : (responses[name] ?? response);
}

function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
