import { randomUUID } from "node:crypto";
import type { RequestHandler, Response } from "express";

const HEADER = "X-Request-Id";
const ACCEPTABLE = /^[A-Za-z0-9._-]{1,128}$/;

/** Takes the caller's id for this request, or makes one; it comes back in the answer, in problems and in the log. */
export function requestId(): RequestHandler {
  return (request, response, next) => {
    const given = request.get(HEADER);
    const id = given !== undefined && ACCEPTABLE.test(given) ? given : randomUUID();
    response.locals.requestId = id;
    response.set(HEADER, id);
    next();
  };
}

export function requestIdOf(response: Response): string {
  return response.locals.requestId as string;
}
