import { proxyActivities } from "@temporalio/workflow";
import type { DeliverEventsActivities } from "../activities/deliver-events.ts";
import { HEARTBEAT_TIMEOUT_MS, OUTBOUND_QUEUE } from "./contract.ts";

const { deliverEvents } = proxyActivities<DeliverEventsActivities>({
  taskQueue: OUTBOUND_QUEUE,
  // A round ends by itself after three minutes and the calls that are under way then.
  startToCloseTimeout: "5m",
  // Where its process dies, another one goes on after this.
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "30s" },
  summary: "tell the endpoints of clients what has happened",
});

/** About an hour. */
const ROUNDS = 20;

/**
 * Tells endpoints of events, round after round. A Schedule asks for the next one of these each minute, which begins when
 * this one ends; so there is always one, and never two.
 */
export async function outbound(): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await deliverEvents();
}
