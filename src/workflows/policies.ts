import { type ActivityOptions, proxyActivities, proxyLocalActivities } from "@temporalio/workflow";
import type { NotificationActivities } from "../activities/notification-activities.ts";
import type { SendActivities } from "../activities/send.ts";
import type { Channel } from "../domain/channel.ts";
import { HEARTBEAT_TIMEOUT_MS, sendLimitMs, sendQueue } from "./contract.ts";
import { sendSummary } from "./details.ts";

/**
 * Database work. It is tried for ever: while the database is away a notification waits, it does not fail. Back-offs
 * beyond the threshold become timers: a task that is held open takes one of the few slots that all notifications share,
 * and the maximum must lie above the threshold for that to happen at all.
 */
const local = (summary: string) =>
  proxyLocalActivities<NotificationActivities>({
    startToCloseTimeout: "5s",
    retry: { initialInterval: "200ms", backoffCoefficient: 2, maximumInterval: "1m" },
    localRetryThreshold: "5s",
    summary,
  });

export const localActivities = {
  admit: local("decide who gets it, when and on which channels").admit,
  decideAgain: local("decide again, as things are now").decideAgain,
  cancel: local("stop what has not begun").cancel,
  reschedule: local("move it to another time").reschedule,
  settle: local("say how a delivery ended that never answered").settle,
};

/**
 * One provider call per run, on the channel's own queue. How often and how long it is tried is decided where the
 * attempt is closed, which also gives each delay; the back-off here is for runs that died without a word.
 *
 * No time-out runs while the task is queued, since a paused channel or a long backlog is no reason to give up, except
 * the notification's own expiry: after it, and after a call that began in time, `settle` says how it ended.
 */
export function sendActivity(channel: Channel, expiresInMs: number | null): SendActivities["send"] {
  const startToCloseTimeout = sendLimitMs(channel);
  const options: ActivityOptions = {
    taskQueue: sendQueue(channel),
    startToCloseTimeout,
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "1m" },
    summary: sendSummary(channel),
    cancellationType: "TRY_CANCEL",
  };
  if (expiresInMs !== null) options.scheduleToCloseTimeout = Math.max(expiresInMs, 0) + 2 * startToCloseTimeout;
  return proxyActivities<SendActivities>(options).send;
}
