import { proxyActivities, proxyLocalActivities, upsertSearchAttributes } from "@temporalio/workflow";
import { searchAttributes } from "../src/workflows/contract.ts";
import { BARE_SEND_QUEUE, type BareActivities } from "./bare-contract.ts";

const { admit } = proxyLocalActivities<BareActivities>({ startToCloseTimeout: "5s" });
const { send } = proxyActivities<BareActivities>({ taskQueue: BARE_SEND_QUEUE, startToCloseTimeout: "30s" });

/** What Temporal alone can do: the events of a plain notification on one channel, and nothing behind them. */
export async function bare(): Promise<string> {
  await admit();
  const outcome = await send();
  upsertSearchAttributes([{ key: searchAttributes.status, value: outcome }]);
  return outcome;
}
