import { proxyActivities } from "@temporalio/workflow";
import type { RepairActivities } from "../activities/repair.ts";
import type { RepairResult } from "./contract.ts";

const { repair: repairOnce } = proxyActivities<RepairActivities>({
  startToCloseTimeout: "5m",
  // The next minute tries again.
  retry: { maximumAttempts: 1 },
});

/** One round of looking for notifications that nobody carries on; a Schedule starts it each minute. */
export async function repair(): Promise<RepairResult> {
  return repairOnce();
}
