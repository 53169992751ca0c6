import { type NativeConnection, Worker, type WorkerOptions, type WorkflowBundleOption } from "@temporalio/worker";
import type { DataConverter } from "@temporalio/common";
import type { DeliverEventsActivities } from "../activities/deliver-events.ts";
import type { NotificationActivities } from "../activities/notification-activities.ts";
import type { RepairActivities } from "../activities/repair.ts";
import type { ReplayActivities } from "../activities/replay.ts";
import type { TellAlertsActivities } from "../activities/tell-alerts.ts";
import type { RetainActivities } from "../activities/retain.ts";
import type { SendActivities } from "../activities/send.ts";
import { HEARTBEAT_TIMEOUT_MS, NOTIFICATIONS_QUEUE, OUTBOUND_QUEUE, sendQueue } from "../workflows/contract.ts";
import type { ServedQueues } from "./queues.ts";
import { SHUTDOWN_FORCE_MS, SHUTDOWN_GRACE_MS } from "./shutdown-times.ts";
import { signOfLife } from "./sign-of-life.ts";

/**
 * Sends under way at once, per process and channel. For email it is what the SMTP pool has connections: a send that
 * waits for one would use up its own deadline.
 */
const SENDS_AT_ONCE = 100;
const MAILS_AT_ONCE = 25;

/** Two rounds of outbound events at once are one that is given up and does not know it yet, and the next one. */
const ROUNDS_AT_ONCE = 2;

export type WorkerActivities = {
  notification: NotificationActivities & RepairActivities & ReplayActivities & TellAlertsActivities & RetainActivities;
  outbound: DeliverEventsActivities;
  send: SendActivities;
};

export type WorkersOptions = {
  connection: NativeConnection;
  namespace: string;
  activities: WorkerActivities;
  queues: ServedQueues;
  /** Null where this process serves no workflows. */
  workflowBundle: WorkflowBundleOption | null;
  dataConverter: DataConverter;
};

/** One worker for each queue, so that none waits for another's slots. */
export async function createWorkers(options: WorkersOptions): Promise<Worker[]> {
  const { connection, namespace, dataConverter, workflowBundle, queues, activities } = options;
  const common = {
    connection,
    namespace,
    dataConverter,
    shutdownGraceTime: SHUTDOWN_GRACE_MS,
    shutdownForceTime: SHUTDOWN_FORCE_MS,
    interceptors: { activity: [signOfLife] },
    // The SDK's own is four fifths of the time-out, which leaves little for one that comes late.
    maxHeartbeatThrottleInterval: HEARTBEAT_TIMEOUT_MS / 4,
  } satisfies Partial<WorkerOptions>;
  const notifications =
    workflowBundle === null
      ? []
      : [{ ...common, taskQueue: NOTIFICATIONS_QUEUE, workflowBundle, activities: activities.notification }];
  const send = queues.send.map((taskQueue) => ({
    ...common,
    taskQueue,
    activities: activities.send,
    maxConcurrentActivityTaskExecutions: taskQueue === sendQueue("email") ? MAILS_AT_ONCE : SENDS_AT_ONCE,
  }));
  const outbound = {
    ...common,
    taskQueue: OUTBOUND_QUEUE,
    activities: activities.outbound,
    maxConcurrentActivityTaskExecutions: ROUNDS_AT_ONCE,
  };
  return Promise.all(
    [...notifications, ...(queues.outbound ? [outbound] : []), ...send].map((worker) => Worker.create(worker)),
  );
}
