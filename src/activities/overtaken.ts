import type { SendJob, SendJobs } from "../database/send-jobs.ts";
import { CHANNEL_POLICIES } from "../domain/retry-policy.ts";
import type { SendResult } from "../workflows/contract.ts";
import { retryLater } from "./retry-later.ts";
import { stillToSend } from "./send-result.ts";

/** A delivery that has changed under a run is looked at again after this time. */
const SOON_MS = 1_000;

/**
 * The row has moved since it was loaded. A delivery that was closed meanwhile is the result. Without an open attempt it
 * is this delivery's turn again, after `delayMs`. Otherwise an earlier run, which was given up on, lives and has opened
 * an attempt: come back when its call must have ended, and see.
 */
export async function overtaken({ jobs }: { jobs: SendJobs }, job: SendJob, delayMs = SOON_MS): Promise<SendResult> {
  const now = stillToSend(await jobs.load(job.deliveryId), job.generation);
  if ("result" in now) return now.result;
  if (now.job.openAttemptId === null) throw retryLater(`${job.channel}: nobody is sending any more`, delayMs);
  throw retryLater(`${job.channel}: another run is sending`, CHANNEL_POLICIES[job.channel].callDeadlineMs);
}
