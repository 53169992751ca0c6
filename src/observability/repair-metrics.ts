import { counter, type Metrics } from "./metrics.ts";

/** What a round of repair did: rows that it looked at, and notifications that it handed to another workflow. */
export type RepairObserver = (round: { looked: number; takenOver: number }) => void;

export function createRepairMetrics({ registry }: Metrics): RepairObserver {
  const repaired = counter(registry, "tidings_repair_notifications_total", "Notifications that repair came upon", [
    "result",
  ]);
  return ({ looked, takenOver }) => {
    repaired.inc({ result: "looked_at" }, looked);
    repaired.inc({ result: "taken_over" }, takenOver);
  };
}
