import type { ContentKind } from "../domain/channel.ts";

/** A template cannot be rendered because a variable that it needs was not given. */
export class MissingVariableError extends Error {
  /** The full path, e.g. `order.lines[0].name`. */
  readonly variable: string;
  readonly kind: ContentKind;
  readonly locale: string;

  constructor(variable: string, kind: ContentKind, locale: string) {
    super(`The ${kind} text for locale ${locale} needs the variable ${variable}`);
    this.name = "MissingVariableError";
    this.variable = variable;
    this.kind = kind;
    this.locale = locale;
  }
}

/** A template cannot be parsed, or ran into a limit; trying again with the same variables ends the same way. */
export class TemplateError extends Error {
  /** The part, e.g. `locales.default.push.title`. */
  readonly field: string;
  /** Both from 1, within the part. */
  readonly line: number;
  readonly column: number;
  /** What is wrong, without the position. */
  readonly problem: string;

  constructor(field: string, line: number, column: number, problem: string) {
    super(`${field}: ${problem} (line ${line}, column ${column})`);
    this.name = "TemplateError";
    this.field = field;
    this.line = line;
    this.column = column;
    this.problem = problem;
  }
}
