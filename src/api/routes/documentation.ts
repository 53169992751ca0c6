import { Router } from "express";
import { z } from "zod";
import type { OpenApiDocument } from "../openapi/document.ts";
import type { Operations } from "../openapi/operation.ts";
import { renderDocsPage } from "../openapi/docs-page.ts";

const documentSchema = z
  .looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) })
  .meta({ description: "An OpenAPI 3.1 document." });

export const documentationOperations = {
  "GET /openapi.json": {
    id: "getOpenApiDocument",
    summary: "Get this document",
    description: "Made from the schemas that check requests.",
    scopes: [],
    answers: { 200: { description: "An OpenAPI 3.1 document.", body: documentSchema } },
  },
  "GET /docs": {
    id: "getDocsPage",
    summary: "Read this document",
    description: "A page without scripts that loads nothing.",
    scopes: [],
    answers: { 200: { description: "A page of HTML.", body: z.string(), contentType: "text/html" } },
  },
} as const satisfies Operations;

/** `/openapi.json` and `/docs`: what every route takes and answers. Without a key: neither says more than this code. */
export function documentationRoutes({ document }: { document: OpenApiDocument }): Router {
  const router = Router();
  const json = JSON.stringify(document);
  const page = renderDocsPage(document);

  router.get("/openapi.json", (_request, response) => {
    response.type("json").send(json);
  });

  router.get("/docs", (_request, response) => {
    response.set("Content-Security-Policy", page.contentSecurityPolicy).type("html").send(page.html);
  });

  return router;
}
