import {
  type Client,
  isGrpcServiceError,
  WorkflowClient,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from "@temporalio/client";
import type { Payload } from "@temporalio/common";
import { z } from "zod";
import type { BrokenRun, NotificationWorkflows } from "../activities/notification-workflows.ts";
import {
  NOTIFICATION_WORKFLOW,
  type NotificationInput,
  notificationStartOptions,
  REPLAY_WORKFLOW,
  replayStartOptions,
  takeoverWorkflowId,
  wakeSignal,
} from "../workflows/contract.ts";
import { decodePayloads, UNREAD } from "./data-converter.ts";

/** What somebody has paused goes on when it is let; servers from 1.30 on know that. */
const GOES_ON = new Set(["RUNNING", "PAUSED"]);

// gRPC: NOT_FOUND.
const GONE = new Set([5]);

/** Enough to tell our own input from anything else. */
const inputSchema = z.looseObject({
  key: z.object({ clientId: z.string(), eventId: z.string() }),
  bodyHash: z.string(),
  acceptedAt: z.string(),
  generation: z.number(),
  request: z.looseObject({ to: z.looseObject({}), category: z.string() }),
});

/** Temporal as repair sees it. */
export function createNotificationWorkflows(client: Client): NotificationWorkflows {
  // The SDK reads the memo of each workflow that it describes or lists, and fails where the key of one is retired.
  const { connection, options } = client;
  const unread = new WorkflowClient({ connection, namespace: options.namespace, dataConverter: UNREAD });
  return {
    async standingOf(workflowId) {
      try {
        const { status, runId, raw } = await unread.getHandle(workflowId).describe();
        if (GOES_ON.has(status.name)) return { now: "running" };
        if (status.name !== "COMPLETED") return { now: "gone" };
        return { now: "completed", firstRunId: raw.workflowExecutionInfo?.firstRunId ?? runId };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { now: "gone" };
        throw error;
      }
    },

    async wake(workflowId) {
      try {
        await client.workflow.getHandle(workflowId).signal(wakeSignal);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },

    async *broken(since) {
      const query = [
        `WorkflowType = '${NOTIFICATION_WORKFLOW}'`,
        `ExecutionStatus IN ('Terminated', 'TimedOut', 'Failed', 'Canceled')`,
        `CloseTime > '${since.toISOString()}'`,
      ].join(" AND ");
      for await (const { workflowId, runId } of unread.list({ query })) yield { workflowId, runId };
    },

    inputOf: (run) => inputOf(client, run),

    async takeUp(input, channels) {
      const workflowId = takeoverWorkflowId(input.key, input.generation);
      try {
        await client.workflow.start(NOTIFICATION_WORKFLOW, notificationStartOptions(workflowId, input, channels));
        return true;
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
        throw error;
      }
    },

    async startReplay(replayId) {
      await client.workflow.start(REPLAY_WORKFLOW, replayStartOptions(replayId));
    },
  };
}

async function inputOf(client: Client, run: BrokenRun): Promise<NotificationInput | null> {
  const payloads = await startPayloads(client, run);
  const given = await decodePayloads(client.options.loadedDataConverter, payloads)
    // A key that was retired, or bytes that were never ours: one workflow that says nothing must not stop the others.
    .catch(() => []);
  const input = inputSchema.safeParse(given[0]);
  return input.success ? (input.data as NotificationInput) : null;
}

/** None where Temporal has deleted it since it was found. */
async function startPayloads({ workflowService, options }: Client, run: BrokenRun): Promise<Payload[]> {
  const { namespace } = options;
  try {
    const { history } = await workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: run,
      maximumPageSize: 1,
    });
    return history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  } catch (error) {
    if (isGrpcServiceError(error) && GONE.has(error.code)) return [];
    throw error;
  }
}
