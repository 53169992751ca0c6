import { createHash } from "node:crypto";
import type { OpenApiDocument } from "./document.ts";
import { type DescribedOperation, type DescribedResponse, operationArticle, type Route } from "./docs-operation.ts";
import { DOCS_STYLE } from "./docs-style.ts";
import { methodLabel, paragraphs, text } from "./html.ts";
import type { Components } from "./schema-rows.ts";

export type DocsPage = { html: string; contentSecurityPolicy: string };

/** The document as a page for people: plain HTML, without scripts, that loads nothing. */
export function renderDocsPage(document: OpenApiDocument): DocsPage {
  const hash = createHash("sha256").update(DOCS_STYLE).digest("base64");
  return {
    html: pageOf(document),
    contentSecurityPolicy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

function pageOf(document: OpenApiDocument): string {
  const { info, openapi, tags = [], servers = [] } = document;
  const components = {
    schemas: (document.components?.schemas ?? {}) as Components,
    responses: (document.components?.responses ?? {}) as Record<string, DescribedResponse>,
  };
  const groups = tags.map(({ name, description = "" }) => ({
    name,
    description,
    routes: routesOf(document).filter(({ operation }) => operation.tags.includes(name)),
  }));
  const navigation = groups.map(
    ({ name, routes }) =>
      `<h2><a href="#${anchor(name)}">${text(name)}</a></h2><ul>${routes.map(navigationEntry).join("")}</ul>`,
  );
  const sections = groups.map(
    ({ name, description, routes }) =>
      `<section id="${anchor(name)}"><h2>${text(name)}</h2>${paragraphs(description)}
${routes.map((route) => operationArticle(route, components)).join("\n")}</section>`,
  );
  const title = `${text(info.title)} API`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${DOCS_STYLE}</style>
</head>
<body>
<nav aria-label="Operations"><a href="#top"><strong>${title}</strong></a>${navigation.join("\n")}</nav>
<main id="top">
<h1>${title}</h1>
<p class="soft">Version ${text(info.version)} at <code>${text(servers[0]?.url ?? "")}</code>. For programs:
<a href="/openapi.json">/openapi.json</a>, OpenAPI ${text(openapi)}.</p>
${paragraphs(info.description ?? "")}
${sections.join("\n")}
</main>
</body>
</html>
`;
}

function routesOf(document: OpenApiDocument): Route[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, DescribedOperation>).map(([method, operation]) => ({
      method,
      path,
      operation,
    })),
  );
}

function navigationEntry({ method, path, operation }: Route): string {
  const { operationId, summary } = operation;
  const breakable = text(path).replaceAll("/", "/<wbr>");
  return `<li><a href="#${operationId}" title="${text(summary)}">${methodLabel(method)}<span>${breakable}</span></a></li>`;
}

function anchor(group: string): string {
  return `group-${group.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
}
