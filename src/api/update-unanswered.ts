import {
  isGrpcServiceError,
  ServiceError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from "@temporalio/client";

// gRPC: FAILED_PRECONDITION.
const NOT_NOW = new Set([9]);

/**
 * Whether an update found a workflow that could not answer it yet: it is not admitted in time, its event ID is
 * another's, or its task has just failed or timed out, of which Temporal refuses updates until it is tried again.
 */
export function isUpdateUnanswered(error: unknown): boolean {
  if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
    return true;
  return error instanceof ServiceError && isGrpcServiceError(error.cause) && NOT_NOW.has(error.cause.code);
}
