import { ApplicationFailure, ApplicationFailureCategory } from "@temporalio/common";

/**
 * Thrown, it makes Temporal wait, durably, and run the activity again after `delayMs`. Expected, so it is kept out of
 * error logs and metrics.
 */
export function retryLater(message: string, delayMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: "AttemptFailed",
    message,
    nextRetryDelay: delayMs,
    category: ApplicationFailureCategory.BENIGN,
  });
}
