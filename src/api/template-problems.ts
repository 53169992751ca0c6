import type { TemplateProblem } from "../rendering/check-template.ts";
import type { MissingVariable } from "../rendering/missing-variables.ts";
import type { TemplateError } from "../rendering/template-errors.ts";
import { ApiError } from "./errors.ts";

/** What a user has hides a `user` in the data; without a user that is where it is taken from. */
const OF_USER = /^user(?=$|[.[])/;

/** 422 with each variable that a request would have to bring along, or its user to have where there is one. */
export function missingVariables(missing: readonly MissingVariable[], hasUser: boolean): ApiError {
  return new ApiError("missing_variable", {
    detail: `Missing: ${[...new Set(missing.map(({ variable }) => variable))].join(", ")}`,
    errors: missing.map(({ variable, kind, locale }) => ({
      field: hasUser && OF_USER.test(variable) ? variable : `data.${variable}`.replace("data.[", "data["),
      message: `is needed by the ${kind} text for locale ${locale}`,
      variable,
      channel: kind,
      locale,
    })),
  });
}

/** 422 with the place of each mistake. */
export function templateInvalid(found: readonly TemplateProblem[]): ApiError {
  return new ApiError("template_invalid", { errors: found.map((problem) => ({ ...problem })) });
}

/** 422 for a template that fails with these variables, e.g. because its text becomes too long. */
export function templateFailed(error: TemplateError): ApiError {
  const { field, line, column, problem } = error;
  return new ApiError("template_invalid", { errors: [{ field, line, column, message: problem }], cause: error });
}
