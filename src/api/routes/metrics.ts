import { type RequestHandler, Router } from "express";
import { z } from "zod";
import type { KeyStore } from "../../database/keys.ts";
import type { RequestCounts } from "../../database/request-counts.ts";
import type { MetricsText } from "../../observability/metrics.ts";
import { authenticate, requireScope } from "../middleware/authenticate.ts";
import { limitRequests } from "../middleware/limit-requests.ts";
import type { Operations } from "../openapi/operation.ts";

export const metricsOperations = {
  "GET /metrics": {
    id: "getMetrics",
    summary: "Read the metrics of this process",
    description: "In the text format of Prometheus, whose `authorization` setting can give the key.",
    scopes: ["metrics"],
    answers: { 200: { description: "The metrics.", body: z.string(), contentType: "text/plain" } },
  },
} as const satisfies Operations;

export type MetricsRouteDependencies = {
  keys: KeyStore;
  requestCounts: RequestCounts;
  metricsText: () => Promise<MetricsText>;
};

/** `/metrics` beside the API, for those who have a key: how busy a company is, is nobody else's business. */
export function metricsRoutes(deps: MetricsRouteDependencies): Router {
  return Router().get(
    "/metrics",
    authenticate(deps.keys),
    limitRequests(deps.requestCounts),
    requireScope("metrics"),
    showMetrics(deps.metricsText),
  );
}

/** The same without a key, for a port that only the scraper reaches. */
export function openMetricsRoutes(text: () => Promise<MetricsText>): Router {
  return Router().get("/metrics", showMetrics(text));
}

function showMetrics(metricsText: () => Promise<MetricsText>): RequestHandler {
  return async (_request, response) => {
    const { contentType, text } = await metricsText();
    response.set("Content-Type", contentType).send(text);
  };
}
