import { isGrpcServiceError, ServiceError, WorkflowUpdateRPCTimeoutOrCancelledError } from "@temporalio/client";

// gRPC: CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE.
const TRY_AGAIN = new Set([1, 4, 8, 14]);

/** Whether Temporal could not be reached, gave no answer in time, or is overloaded; false where it refused. */
export function isTemporalUnavailable(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  if (isGrpcServiceError(error)) return TRY_AGAIN.has(error.code);
  return error instanceof ServiceError && isTemporalUnavailable(error.cause);
}
