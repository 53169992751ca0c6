import type { ErrorRequestHandler, RequestHandler } from "express";
import type { Logger } from "../../observability/log.ts";
import { traceOf } from "../../observability/trace-of.ts";
import { TemplateError } from "../../rendering/template-errors.ts";
import { ApiError, problemOf } from "../errors.ts";
import { templateFailed } from "../template-problems.ts";
import { isTemporalUnavailable } from "../temporal-unavailable.ts";
import { requestIdOf } from "./request-id.ts";

const RETRY_AFTER_SECONDS = 2;

export type ProblemDependencies = { log: Logger; isDatabaseUnavailable: (error: unknown) => boolean };

/** For whatever no route took, a method that a path does not take included. */
export function notFound(): RequestHandler {
  return () => {
    throw new ApiError("not_found");
  };
}

/** Turns whatever was thrown into an RFC 9457 problem. Only what nobody foresaw is logged: it is ours to mend. */
export function problems(dependencies: ProblemDependencies): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (thrown: unknown, _request, response, next) => {
    const error = asApiError(thrown, dependencies);
    const requestId = requestIdOf(response);
    if (error.code === "internal") dependencies.log.error({ requestId, ...traceOf(thrown) }, "request failed");
    // Too late for another answer: Express then breaks the connection, so that nobody takes a half for the whole.
    if (response.headersSent) return next(thrown);
    const problem = problemOf(error, requestId);
    const { retryAfterSeconds } = error.options;
    if (retryAfterSeconds !== undefined) response.set("Retry-After", String(retryAfterSeconds));
    response.status(problem.status).type("application/problem+json").send(JSON.stringify(problem));
  };
}

function asApiError(thrown: unknown, dependencies: ProblemDependencies): ApiError {
  if (thrown instanceof ApiError) return withRetryAfter(thrown);
  if (thrown instanceof TemplateError) return templateFailed(thrown);
  if (dependencies.isDatabaseUnavailable(thrown) || isTemporalUnavailable(thrown)) {
    return withRetryAfter(new ApiError("unavailable", { cause: thrown }));
  }
  return fromHttpError(thrown) ?? new ApiError("internal", { cause: thrown });
}

function withRetryAfter(error: ApiError): ApiError {
  const wants = error.code === "unavailable" || error.code === "rate_limited";
  if (!wants || error.options.retryAfterSeconds !== undefined) return error;
  return new ApiError(error.code, { ...error.options, retryAfterSeconds: RETRY_AFTER_SECONDS });
}

/** What Express and its body reader throw, by status. Their texts may quote the request. */
function fromHttpError(thrown: unknown): ApiError | null {
  const { status, limit } = (thrown ?? {}) as { status?: unknown; limit?: unknown };
  if (status === 413) {
    return new ApiError("body_too_large", typeof limit === "number" ? { detail: `At most ${limit} bytes.` } : {});
  }
  if (status === 415) return new ApiError("unsupported_media_type");
  // A malformed percent-encoding in the path, a body that ends early or cannot be decompressed.
  return status === 400 ? new ApiError("invalid_request", { detail: "The request is malformed." }) : null;
}
