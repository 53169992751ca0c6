import type { SendJob } from "../database/send-jobs.ts";
import type { SendResult } from "../workflows/contract.ts";

/** What a run says that has nothing to send, since its delivery was erased or is another generation's. */
export const NOTHING_TO_DO: SendResult = { delivery: "cancelled", notification: null };

/** What became of a delivery, or null while it is open. */
export function resultOf(job: SendJob): SendResult | null {
  if (job.deliveryStatus === "pending" || job.deliveryStatus === "sending") return null;
  return { delivery: job.deliveryStatus, notification: job.notificationFinal ? job.notificationStatus : null };
}

/** The job, or the result where there is nothing to send: erased, taken over by a newer generation, or closed already. */
export function stillToSend(job: SendJob | null, generation: number): { job: SendJob } | { result: SendResult } {
  if (job === null || job.generation !== generation) return { result: NOTHING_TO_DO };
  const result = resultOf(job);
  return result === null ? { job } : { result };
}
