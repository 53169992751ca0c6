import { continueAsNew, proxyActivities, sleep } from "@temporalio/workflow";
import type { ReplayActivities } from "../activities/replay.ts";
import { HEARTBEAT_TIMEOUT_MS, type ReplayInput } from "./contract.ts";

const { replayPage } = proxyActivities<ReplayActivities>({
  startToCloseTimeout: "2m",
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "1m" },
});

/** A page is three to eight events; a history is best kept far below the 50,000 that Temporal allows. */
const PAGES_PER_RUN = 500;

/**
 * Sends the items of a replay again, page by page, at its rate. Where it stands is in its rows, so that a new run, or
 * another workflow in the place of a lost one, goes on from there.
 */
export async function replay(input: ReplayInput): Promise<void> {
  for (let page = 0; page < PAGES_PER_RUN; page++) {
    const { done, waitMs } = await replayPage(input);
    if (done) return;
    if (waitMs > 0) await sleep(waitMs);
  }
  await continueAsNew<typeof replay>(input);
}
