import type { RequestHandler, Response } from "express";
import type { Caller, KeyStore } from "../../database/keys.ts";
import { type Actor, keyActor } from "../../domain/audit.ts";
import { grants, type Scope } from "../../domain/scope.ts";
import { ApiError } from "../errors.ts";

const APP_KEY = /^[A-Za-z0-9_-]{1,128}$/;
const APP_SECRET = /^[\x21-\x7e]{1,256}$/;

/**
 * Lets only requests with a valid key pass: `Authorization: Bearer <appKey>.<appSecret>`, or the pair as HTTP Basic.
 * @throws {ApiError} `unauthenticated`, the same for every reason
 */
export function authenticate(keys: Pick<KeyStore, "authenticate">): RequestHandler {
  return async (request, response, next) => {
    const credentials = credentialsIn(request.get("Authorization"));
    const caller = credentials === null ? null : await keys.authenticate(credentials.appKey, credentials.appSecret);
    if (caller === null) {
      // Basic works too, but naming it would make browsers ask for a password over the dashboard.
      response.set("WWW-Authenticate", 'Bearer realm="tidings"');
      throw new ApiError("unauthenticated");
    }
    response.locals.caller = caller;
    next();
  };
}

/**
 * Lets only keys pass that have at least one of these scopes, or one that covers it.
 * @throws {ApiError} `missing_scope`
 */
export function requireScope(...anyOf: [Scope, ...Scope[]]): RequestHandler {
  return (_request, response, next) => {
    const { scopes } = callerOf(response);
    if (!anyOf.some((scope) => grants(scopes, scope))) {
      throw new ApiError("missing_scope", { detail: `The key needs the scope ${anyOf.join(" or ")}.` });
    }
    next();
  };
}

/** Who calls; only behind {@link authenticate}. */
export function callerOf(response: Response): Caller {
  const caller = optionalCallerOf(response);
  if (caller === undefined) throw new Error("this route is not behind authenticate()");
  return caller;
}

/** The same, as the audit names it. */
export function actorOf(response: Response): Actor {
  return keyActor(callerOf(response));
}

export function optionalCallerOf(response: Response): Caller | undefined {
  return response.locals.caller as Caller | undefined;
}

function credentialsIn(header: string | undefined): { appKey: string; appSecret: string } | null {
  const [, scheme, value] = /^(Bearer|Basic) +([A-Za-z0-9._~+/=-]+) *$/i.exec(header ?? "") ?? [];
  if (scheme === undefined || value === undefined) return null;
  const basic = scheme.toLowerCase() === "basic";
  const pair = basic ? Buffer.from(value, "base64").toString("utf8") : value;
  const split = pair.indexOf(basic ? ":" : ".");
  const [appKey, appSecret] = [pair.slice(0, Math.max(split, 0)), pair.slice(split + 1)];
  return APP_KEY.test(appKey) && APP_SECRET.test(appSecret) ? { appKey, appSecret } : null;
}
