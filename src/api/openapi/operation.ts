import type { z } from "zod";
import type { Scope } from "../../domain/scope.ts";
import type { ErrorCode } from "../errors.ts";

/** What a route takes and answers, for the document at `/openapi.json`; kept beside the route, in the same file. */
export type Operation = {
  /** `operationId`: one in the whole document, in camel case. */
  id: string;
  /** A line that says what the call does, in the imperative. */
  summary: string;
  /** Paragraphs, with `code` in backticks. */
  description?: string;
  /** Any one of them lets the caller pass. None: no key is needed. */
  scopes: readonly Scope[];
  path?: z.ZodObject;
  query?: z.ZodObject;
  /** Headers that mean something to this operation only. */
  headers?: z.ZodObject;
  body?: Body;
  /** What is answered other than a problem, by status. */
  answers: Readonly<Partial<Record<200 | 201 | 202 | 204 | 302 | 404 | 503, Answer>>>;
  /** Problems of its own, besides those that follow from its scopes, its parameters and its body. */
  errors?: readonly ErrorCode[];
};

/** A JSON object, where nothing else is said. */
export type Body = {
  schema: z.ZodType;
  /** Default `application/json`. */
  contentTypes?: readonly string[];
  example: Record<string, unknown>;
  /** No body at all counts as `{}`. */
  optional?: boolean;
};

export type Answer = {
  description: string;
  /** As it is before JSON: a `Date` becomes a string. None: the answer has no body. */
  body?: z.ZodType;
  /** Default `application/json`. */
  contentType?: string;
  /** What each header says, by name. Those that every answer has are not named here. */
  headers?: Readonly<Record<string, string>>;
};

/** The operations of a router, by method and path as Express has them: `GET /v1/things/:id`. */
export type Operations = Readonly<Record<`${"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} /${string}`, Operation>>;

/** Operations that belong together in the document. */
export type OperationGroup = { name: string; description: string; operations: Operations };
