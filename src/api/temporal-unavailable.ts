import { isGrpcServiceError, ServiceError, WorkflowUpdateRPCTimeoutOrCancelledError } from "@temporalio/client";
import { NamespaceNotFoundError } from "@temporalio/common";

// gRPC: CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE.
const TRY_AGAIN = new Set([1, 4, 8, 14]);

/**
 * Whether Temporal could not be reached, gave no answer in time, is overloaded, or is not set up yet; false where it
 * refused. Readiness tells the same of each.
 */
export function isTemporalUnavailable(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  // The migration makes the namespace; servers hear of a new one seconds later.
  if (error instanceof NamespaceNotFoundError) return true;
  if (isGrpcServiceError(error)) return TRY_AGAIN.has(error.code);
  return error instanceof ServiceError && isTemporalUnavailable(error.cause);
}
