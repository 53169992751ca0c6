import { ServiceError, WorkflowNotFoundError, WorkflowUpdateRPCTimeoutOrCancelledError } from "@temporalio/client";
import { describe, expect, it } from "vitest";
import { isUpdateUnanswered } from "./update-unanswered.ts";

const refusal = (code: number) =>
  new ServiceError("Workflow Update failed", {
    cause: Object.assign(new Error("grpc"), { code, details: "", metadata: {} }),
  });

describe("an update that found no answer", () => {
  it.each([
    ["too late", new WorkflowUpdateRPCTimeoutOrCancelledError("late"), true],
    ["a workflow whose task has just failed", refusal(9), true],
    ["a refusal", refusal(7), false],
    ["no such workflow", new WorkflowNotFoundError("none", "w", undefined), false],
    ["another error", new Error("other"), false],
  ])("by %s", (_, error, unanswered) => expect(isUpdateUnanswered(error)).toBe(unanswered));
});
