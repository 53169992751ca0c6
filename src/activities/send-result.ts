import type { SendJob } from "../database/send-jobs.ts";
import type { SendResult } from "../workflows/contract.ts";

/** What a run says that has nothing to send, since its delivery was erased or is another generation's. */
export const NOTHING_TO_DO: SendResult = { delivery: "cancelled", notification: null };

/** What became of a delivery, or null while it is open. */
export function resultOf(job: SendJob): SendResult | null {
  if (job.deliveryStatus === "pending" || job.deliveryStatus === "sending") return null;
  return { delivery: job.deliveryStatus, notification: job.notificationFinal ? job.notificationStatus : null };
}

/** The result where there is nothing to send: erased, taken over by a newer generation, or closed already. */
export function resultWithoutSending(job: SendJob | null, generation: number): SendResult | null {
  return job === null || job.generation !== generation ? NOTHING_TO_DO : resultOf(job);
}
