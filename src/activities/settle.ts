import type { DeliveryAttempts } from "../database/delivery-attempts.ts";
import type { SendJobs } from "../database/send-jobs.ts";
import type { SendResult } from "../workflows/contract.ts";
import { NOTHING_TO_DO, resultOf, stillToSend } from "./send-result.ts";

export function createSettle(deps: { jobs: SendJobs; attempts: DeliveryAttempts }) {
  return {
    /**
     * Ends a delivery whose activity never got to say how it went, because its time was up. The ledger is read first:
     * an open attempt may have arrived, so it is `unknown`, never `expired`. Repeatable: a closed delivery stays as it is.
     */
    async settle(deliveryId: string, generation?: number): Promise<SendResult> {
      const loaded = await deps.jobs.load(deliveryId);
      // A replay may have it by now, and another workflow. Those of earlier versions do not say which they are.
      const still = stillToSend(loaded, generation ?? loaded?.generation ?? 0);
      if ("result" in still) return still.result;
      const { job } = still;
      const closed =
        job.openAttemptId === null
          ? await deps.attempts.closeUnopened(deliveryId, "expired", "expired", job.generation)
          : await deps.attempts.close({
              deliveryId,
              attemptId: job.openAttemptId,
              outcome: "unknown",
              providerMessageId: null,
              code: "worker_lost",
              next: { delivery: "unknown", reason: "expired" },
            });
      if (closed !== null) return closed;
      const now = await deps.jobs.load(deliveryId);
      const result = now === null ? NOTHING_TO_DO : resultOf(now);
      // Moved between the two looks, e.g. an attempt was opened: look again.
      if (result === null) throw new Error("still being sent");
      return result;
    },
  };
}
