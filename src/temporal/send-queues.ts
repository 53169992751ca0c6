import type { Client } from "@temporalio/client";
import proto, { type temporal } from "@temporalio/proto";
import type { ChannelControl } from "../database/controls.ts";
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
  /** Processes that have asked for work within the last minutes. */
  workers: number;
};

export type SendQueues = ReturnType<typeof createSendQueues>;

/** Temporal's queues as an operator sees and holds them. */
export function createSendQueues(client: Client) {
  const { namespace } = client.options;
  const service = client.workflowService;
  return {
    /**
     * Holds the channel's queue back, or lets it go: a pause is a rate of 0, so tasks stay where they are, and nothing
     * of them is lost. Repeatable. The gate before each attempt asks the row besides, for what is out already.
     */
    async control(channel: Channel, { paused, ratePerSecond }: ChannelControl): Promise<void> {
      const requestsPerSecond = paused ? 0 : ratePerSecond;
      await service.updateTaskQueueConfig({
        namespace,
        identity: client.options.identity,
        taskQueue: sendQueue(channel),
        taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
        updateQueueRateLimit: {
          reason: paused ? "paused" : "rate of the channel",
          ...(requestsPerSecond === null ? {} : { rateLimit: { requestsPerSecond } }),
        },
      });
    },

    stats(): Promise<QueueStats[]> {
      return Promise.all([
        statsOf(NOTIFICATIONS_QUEUE, null, TASK_QUEUE_TYPE_WORKFLOW),
        ...CHANNELS.map((channel) => statsOf(sendQueue(channel), channel, TASK_QUEUE_TYPE_ACTIVITY)),
      ]);
    },
  };

  async function statsOf(
    queue: string,
    channel: Channel | null,
    taskQueueType: temporal.api.enums.v1.TaskQueueType,
  ): Promise<QueueStats> {
    const { stats, pollers } = await service.describeTaskQueue({
      namespace,
      taskQueue: { name: queue },
      taskQueueType,
      reportStats: true,
    });
    const age = stats?.approximateBacklogAge;
    return {
      queue,
      channel,
      backlog: Number(stats?.approximateBacklogCount ?? 0),
      backlogAgeSeconds: Number(age?.seconds ?? 0),
      addRate: stats?.tasksAddRate ?? 0,
      dispatchRate: stats?.tasksDispatchRate ?? 0,
      workers: new Set(pollers.map(({ identity }) => identity)).size,
    };
  }
}
