import { proxyActivities } from "@temporalio/workflow";
import type { RetainActivities } from "../activities/retain.ts";
import { HEARTBEAT_TIMEOUT_MS, type RetentionResult } from "./contract.ts";

const { retain } = proxyActivities<RetainActivities>({
  startToCloseTimeout: "50m",
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  // The next hour tries again.
  retry: { maximumAttempts: 1 },
});

/** One round of forgetting what is older than it may get; a Schedule starts it each hour. */
export async function retention(): Promise<RetentionResult> {
  return retain();
}
