import type { z } from "zod";
import { ApiError, type FieldError } from "./errors.ts";

/** How the body itself is named where no field of it is to blame. */
const WHOLE = "body";
/** More help nobody, and would make a small wrong request a large answer. */
const MAX_ERRORS = 50;

/**
 * The value as the schema makes it.
 * @param within where the value is in the request, e.g. `userId` or `notifications[3]`
 * @throws {ApiError} `invalid_request`, naming every field that is wrong
 */
export function parse<S extends z.ZodType>(schema: S, value: unknown, within = ""): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ApiError("invalid_request", { errors: fieldErrors(result.error, within) });
}

/** One entry per problem, the first 50. Messages say what is expected and never quote the value. */
function fieldErrors(error: z.ZodError, within = ""): FieldError[] {
  const errors = error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        field: fieldPath([...issue.path, key], within),
        message: "is not a known field",
      }));
    }
    const message = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    return [{ field: fieldPath(issue.path, within), message }];
  });
  return errors.slice(0, MAX_ERRORS);
}

/** `to.userId`, `notifications[3].data`, `categories["odd key"]`. */
export function fieldPath(keys: readonly PropertyKey[], within = ""): string {
  const path = keys.reduce<string>((done, key) => {
    if (typeof key === "number") return `${done}[${key}]`;
    const name = String(key);
    if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(name)) return `${done}[${JSON.stringify(name)}]`;
    return done === "" ? name : `${done}.${name}`;
  }, within);
  return path === "" ? WHOLE : path;
}
