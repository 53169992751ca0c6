import { z } from "zod";
import { type ErrorCode, ERRORS, problemOf, ApiError } from "../errors.ts";
import type { Operation } from "./operation.ts";

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** RFC 9457. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: "`urn:tidings:problem:<code>`" }),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(codes).meta({ description: "Stable: branch on it, not on the texts" }),
    detail: z.string().optional().meta({ description: "What is wrong this time" }),
    errors: z
      .array(z.looseObject({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: "The fields that are to blame, such as `to.userId`; some codes say more of each" }),
    requestId: z.string().optional().meta({ description: "As in the header `X-Request-Id`" }),
  })
  .meta({ id: "Problem", description: "What every error looks like (RFC 9457). Some codes have further members." });

/** Every problem that an operation may answer, in the order of {@link ERRORS}. */
export function errorsOf({ scopes, path, query, headers, body, errors = [] }: Operation): ErrorCode[] {
  const possible = new Set<ErrorCode>(["internal", ...errors]);
  if (scopes.length > 0)
    for (const code of ["unauthenticated", "missing_scope", "rate_limited", "unavailable"] as const) possible.add(code);
  if ((path ?? query ?? headers ?? body) !== undefined) possible.add("invalid_request");
  if (body !== undefined) for (const code of ["body_too_large", "unsupported_media_type"] as const) possible.add(code);
  return codes.filter((code) => possible.has(code));
}

/** The problems of an operation, by status. */
export function errorsByStatus(operation: Operation): Map<number, ErrorCode[]> {
  return Map.groupBy(errorsOf(operation), (code) => ERRORS[code].status);
}

/** The name under which `components.responses` has the answer with one of these codes, e.g. `UserNotFound`. */
export function responseName(oneOf: readonly ErrorCode[]): string {
  return oneOf.map((code) => code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())).join("Or");
}

/** An answer with one of these codes, which have one status. */
export function problemResponse(oneOf: readonly [ErrorCode, ...ErrorCode[]]) {
  const { status } = ERRORS[oneOf[0]];
  const narrowed = { type: "object" as const, properties: { status: { const: status }, code: { enum: [...oneOf] } } };
  return {
    description: oneOf.map((code) => `\`${code}\`: ${ERRORS[code].title}. ${ERRORS[code].doc}`).join("\n\n"),
    headers: headersFor(status),
    content: {
      "application/problem+json": {
        schema: { allOf: [{ $ref: "#/components/schemas/Problem" }, narrowed] },
        example: problemOf(new ApiError(oneOf[0]), "51cce442-5f67-40e4-8b00-330fb01e85b8"),
      },
    },
  };
}

function headersFor(status: number) {
  const names = ["X-Request-Id"];
  if (status === 401) names.push("WWW-Authenticate");
  if (status === 429) names.push("RateLimit", "RateLimit-Policy");
  if (status === 429 || status === 503) names.push("Retry-After");
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
