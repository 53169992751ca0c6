import type { RequestHandler } from "express";
import type { RequestCounts } from "../../database/request-counts.ts";
import { ApiError } from "../errors.ts";
import { callerOf } from "./authenticate.ts";

/** As the headers name it. */
const POLICY = '"key"';

/**
 * Lets a key that has a limit make so many requests and no more; one without is not counted. Every answer to a limited
 * key says what is left, by draft-ietf-httpapi-ratelimit-headers. Only behind `authenticate`.
 * @throws {ApiError} `rate_limited`
 */
export function limitRequests(counts: RequestCounts): RequestHandler {
  return async (_request, response, next) => {
    const { keyId, requestLimit } = callerOf(response);
    if (requestLimit === null) return next();
    const { admitted, remaining, resetMs } = await counts.count(keyId, requestLimit);
    const resetSeconds = Math.max(1, Math.ceil(resetMs / 1_000));
    response.set("RateLimit-Policy", `${POLICY};q=${requestLimit.max};w=${requestLimit.perMs / 1_000}`);
    response.set("RateLimit", `${POLICY};r=${remaining};t=${resetSeconds}`);
    if (!admitted) {
      throw new ApiError("rate_limited", {
        detail: `This key may make ${requestLimit.max} requests in ${requestLimit.perMs / 1_000} seconds.`,
        retryAfterSeconds: resetSeconds,
      });
    }
    next();
  };
}
