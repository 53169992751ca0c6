import { describe, expect, it } from "vitest";
import { ApiError, type ErrorCode, ERRORS, invalidField, noSuch, problemOf } from "./errors.ts";

describe("problemOf", () => {
  it.each(Object.keys(ERRORS) as ErrorCode[])("makes a problem of %s, with its own status and title", (code) => {
    const { status, title, doc } = ERRORS[code];
    expect(problemOf(new ApiError(code))).toEqual({ type: `urn:tidings:problem:${code}`, title, status, code });
    expect(doc).toMatch(/\.$/);
  });

  it("tells detail, fields, request and whatever else was said, and never the cause", () => {
    const errors = [{ field: "to", message: "is required" }];
    const cause = new Error("mina@example.com");
    const error = new ApiError("too_late", { detail: "d", errors, extra: { stopped: [] }, cause });
    const problem = problemOf(error, "r1");
    expect(problem).toMatchObject({ detail: "d", errors, requestId: "r1", stopped: [] });
    expect(JSON.stringify(problem)).not.toContain("mina");
  });
});

it("a field that is wrong is named in the sentence and in the list, and what is absent by what it would be", () => {
  expect(problemOf(invalidField("to.userId", "is too long"))).toMatchObject({
    code: "invalid_request",
    detail: "to.userId is too long.",
    errors: [{ field: "to.userId", message: "is too long" }],
  });
  expect(problemOf(noSuch("replay"))).toMatchObject({ code: "not_found", detail: "There is no such replay." });
});
