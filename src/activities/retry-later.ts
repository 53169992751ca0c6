import { ApplicationFailure, ApplicationFailureCategory } from "@temporalio/common";

/**
 * Thrown, it makes Temporal wait, durably, and run the activity again after `delayMs`. Expected, so it is kept out of
 * error logs and metrics.
 */
export function retryLater(message: string, delayMs: number): ApplicationFailure {
  const failure = ApplicationFailure.create({
    type: "AttemptFailed",
    message,
    // Temporal takes 0 for "no more", and would end the delivery.
    nextRetryDelay: Math.max(1, Math.ceil(delayMs)),
    category: ApplicationFailureCategory.BENIGN,
  });
  // Where in the code it was planned tells nobody anything, and would hide the message in the Web UI.
  delete failure.stack;
  return failure;
}
