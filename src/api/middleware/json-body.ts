import express, { type Request, type RequestHandler } from "express";
import { isReservedName } from "../../domain/reserved-name.ts";
import { ApiError, invalidField } from "../errors.ts";
import { fieldPath } from "../validation.ts";

export type JsonBodyOptions = {
  /** Bytes at most, after decompression. Default 262,144. */
  maxBytes?: number;
  /** A request without any body counts as `{}`. Default false. */
  optional?: boolean;
};

const DEFAULT_MAX_BYTES = 256 * 1024;
const MAX_DEPTH = 20;

/**
 * Reads the body of a request into `request.body`: a JSON object in UTF-8 that PostgreSQL and JavaScript can hold as
 * it is.
 * @throws {ApiError} `unsupported_media_type`, `body_too_large` or `invalid_request`
 */
export function jsonBody(options: JsonBodyOptions = {}): RequestHandler {
  const { maxBytes = DEFAULT_MAX_BYTES, optional = false } = options;
  const read = express.raw({ type: () => true, limit: maxBytes });
  return (request, response, next) => {
    if (!hasBody(request)) {
      request.body = emptyBody(optional);
      return next();
    }
    if (!isJson(request)) throw new ApiError("unsupported_media_type");
    read(request, response, (error?: unknown) => {
      if (error !== undefined) return next(error);
      try {
        const bytes: unknown = request.body;
        request.body = Buffer.isBuffer(bytes) && bytes.length > 0 ? parseObject(bytes) : emptyBody(optional);
      } catch (problem) {
        // Express does not see what a callback throws.
        return next(problem);
      }
      next();
    });
  };
}

function hasBody(request: Request): boolean {
  const length = request.get("Content-Length");
  return request.get("Transfer-Encoding") !== undefined || (length !== undefined && length !== "0");
}

function isJson(request: Request): boolean {
  const [type = "", ...parameters] = (request.get("Content-Type") ?? "").toLowerCase().split(";");
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith("charset="));
  return type.trim() === "application/json" && (charset === undefined || /^charset="?utf-?8"?$/.test(charset));
}

function emptyBody(optional: boolean): Record<string, never> {
  if (optional) return {};
  throw invalid([], "must be a JSON object");
}

function parseObject(bytes: Buffer): object {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The parser's message quotes the body.
    throw invalid([], "must be JSON in UTF-8");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid([], "must be a JSON object");
  checkValue(value, []);
  return value;
}

function checkValue(value: unknown, path: (string | number)[]): void {
  if (typeof value === "string") return checkText(value, path);
  // JSON may spell numbers that no double holds.
  if (typeof value === "number" && !Number.isFinite(value)) throw invalid(path, "is too large a number");
  // The parser has rounded it already, so that a text would show another one, and bodies that differ would be equal.
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw invalid(path, "is a whole number too large to be kept exactly; send it as a string");
  if (typeof value !== "object" || value === null) return;
  if (path.length >= MAX_DEPTH) throw invalid(path, `is nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return value.forEach((element, index) => checkValue(element, [...path, index]));
  for (const [key, member] of Object.entries(value)) {
    if (isReservedName(key)) throw invalid([...path, key], "is not allowed as a name");
    checkText(key, path);
    checkValue(member, [...path, key]);
  }
}

/** PostgreSQL's jsonb refuses both, and in UTF-8 different lone surrogates become the same bytes. */
function checkText(text: string, path: (string | number)[]): void {
  if (text.includes("\0")) throw invalid(path, "must not contain the character U+0000");
  if (!text.isWellFormed()) throw invalid(path, "must be well-formed Unicode");
}

function invalid(path: (string | number)[], message: string): ApiError {
  return invalidField(fieldPath(path), message);
}
