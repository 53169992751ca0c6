import type { Client } from "@temporalio/client";
import proto, { type temporal } from "@temporalio/proto";
import type { Control } from "../database/controls.ts";
import { CHANNELS, type Channel } from "../domain/channel.ts";
import { NOTIFICATIONS_QUEUE, sendQueue } from "../workflows/contract.ts";

const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

export type QueueStats = {
  queue: string;
  channel: Channel | null;
  /** Tasks that wait. */
  backlog: number;
  backlogAgeSeconds: number;
  /** Tasks per second, of late. */
  addRate: number;
  dispatchRate: number;
  /** Processes that ask for work. */
  workers: number;
};

/** A poll lasts a minute at most; who has not asked for longer than this does not ask any more. */
const POLLED_WITHIN_MS = 90_000;
const DEADLINE_MS = 5_000;

/** The rate, in tasks per second, by which a queue is held as its row says; null: none. A pause is a rate of 0. */
export function rateLimitFor({ paused, ratePerSecond }: Control): number | null {
  return paused ? 0 : ratePerSecond;
}

export type SendQueues = ReturnType<typeof createSendQueues>;

/** Temporal's queues as an operator sees and holds them. */
export function createSendQueues(client: Client, now: () => number) {
  const { namespace } = client.options;
  const service = client.workflowService;
  return {
    /**
     * Holds the channel's queue back, or lets it go: tasks stay where they are, and nothing of them is lost. Repeatable. The gate before each attempt asks the row besides, for what is out already.
     */
    async control(channel: Channel, control: Control): Promise<void> {
      const requestsPerSecond = rateLimitFor(control);
      await soon(() =>
        service.updateTaskQueueConfig({
          namespace,
          identity: client.options.identity,
          taskQueue: sendQueue(channel),
          taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
          updateQueueRateLimit: {
            reason: control.paused ? "paused" : "rate of the channel",
            ...(requestsPerSecond === null ? {} : { rateLimit: { requestsPerSecond } }),
          },
        }),
      );
    },

    /** As Temporal has it; null: none, or one that it does not tell of. */
    async rateLimitOf(channel: Channel): Promise<number | null> {
      const { config } = await soon(() => describe(sendQueue(channel), TASK_QUEUE_TYPE_ACTIVITY));
      return config?.queueRateLimit?.rateLimit?.requestsPerSecond ?? null;
    },

    /**
     * Whether the worker of this identity asks for the queue's work. A process can be alive, with a connection that
     * answers, and yet take nothing.
     */
    async isPolledBy(queue: string, identity: string): Promise<boolean> {
      const type = queue === NOTIFICATIONS_QUEUE ? TASK_QUEUE_TYPE_WORKFLOW : TASK_QUEUE_TYPE_ACTIVITY;
      return pollersOf((await describe(queue, type)).pollers).has(identity);
    },

    stats(): Promise<QueueStats[]> {
      return Promise.all([
        statsOf(NOTIFICATIONS_QUEUE, null, TASK_QUEUE_TYPE_WORKFLOW),
        ...CHANNELS.map((channel) => statsOf(sendQueue(channel), channel, TASK_QUEUE_TYPE_ACTIVITY)),
      ]);
    },
  };

  /** The bare service has no deadlines. Not for what a caller gives one of its own: the inner one would win. */
  function soon<T>(call: () => Promise<T>): Promise<T> {
    return client.connection.withDeadline(now() + DEADLINE_MS, call);
  }

  function describe(queue: string, taskQueueType: temporal.api.enums.v1.TaskQueueType) {
    const reports = { reportStats: true, reportConfig: true };
    return service.describeTaskQueue({ namespace, taskQueue: { name: queue }, taskQueueType, ...reports });
  }

  async function statsOf(
    queue: string,
    channel: Channel | null,
    taskQueueType: temporal.api.enums.v1.TaskQueueType,
  ): Promise<QueueStats> {
    const { stats, pollers } = await describe(queue, taskQueueType);
    const age = stats?.approximateBacklogAge;
    return {
      queue,
      channel,
      backlog: Number(stats?.approximateBacklogCount ?? 0),
      backlogAgeSeconds: Number(age?.seconds ?? 0),
      addRate: stats?.tasksAddRate ?? 0,
      dispatchRate: stats?.tasksDispatchRate ?? 0,
      workers: pollersOf(pollers).size,
    };
  }

  /** Temporal remembers pollers for minutes after their last poll. */
  function pollersOf(pollers: temporal.api.taskqueue.v1.IPollerInfo[]): Set<string> {
    const oldest = now() - POLLED_WITHIN_MS;
    const polling = pollers.filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000 >= oldest);
    return new Set(polling.map(({ identity }) => identity ?? ""));
  }
}
