import type { RequestHandler } from "express";
import type { Logger } from "../../observability/log.ts";
import { optionalCallerOf } from "./authenticate.ts";
import { requestIdOf } from "./request-id.ts";

/** One line per request: ids, the route's pattern and the outcome. Never the URL, which may hold a user's id. */
export function requestLog(log: Logger): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    response.once("close", () => {
      const caller = optionalCallerOf(response);
      log.info(
        {
          requestId: requestIdOf(response),
          method: request.method,
          route: (request.route as { path?: unknown } | undefined)?.path ?? null,
          status: response.statusCode,
          // The caller hung up before the answer was out.
          ...(response.writableFinished ? {} : { aborted: true }),
          ms: Math.round((performance.now() - started) * 10) / 10,
          clientId: caller?.clientId,
          keyId: caller?.keyId,
        },
        "request",
      );
    });
    next();
  };
}
