import type { RequestHandler } from "express";
import type { ApiMetrics } from "../../observability/api-metrics.ts";

/** Counts and times each request by the pattern of its route, never by its URL. */
export function measureRequests(metrics: Pick<ApiMetrics, "request">): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    response.once("close", () => {
      const route = (request.route as { path?: unknown } | undefined)?.path;
      metrics.request({
        method: request.method,
        route: typeof route === "string" ? route : null,
        status: response.statusCode,
        seconds: (performance.now() - started) / 1_000,
      });
    });
    next();
  };
}
