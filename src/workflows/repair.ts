import { proxyActivities, workflowInfo } from "@temporalio/workflow";
import type { RepairActivities } from "../activities/repair.ts";
import type { TellAlertsActivities } from "../activities/tell-alerts.ts";
import { HEARTBEAT_TIMEOUT_MS, type RepairResult } from "./contract.ts";

const { repair: repairOnce } = proxyActivities<RepairActivities>({
  startToCloseTimeout: "5m",
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  // The next minute tries again.
  retry: { maximumAttempts: 1 },
});

const { tellAlerts } = proxyActivities<TellAlertsActivities>({
  startToCloseTimeout: "2m",
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  retry: { maximumAttempts: 1 },
});

/**
 * One round of looking for notifications that nobody carries on, and of telling operators what they should know; a
 * Schedule starts it each minute. Neither keeps the other from being done.
 */
export async function repair(): Promise<RepairResult> {
  const last = workflowInfo().lastResult as RepairResult | undefined;
  const [repaired, told] = await Promise.allSettled([repairOnce(last?.startedAt), tellAlerts()]);
  if (repaired.status === "rejected") throw repaired.reason;
  if (told.status === "rejected") throw told.reason;
  return repaired.value;
}
