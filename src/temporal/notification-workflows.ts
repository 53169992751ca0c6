import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from "@temporalio/client";
import { type Payload, ValueError } from "@temporalio/common";
import { z } from "zod";
import type { NotificationWorkflows } from "../activities/repair.ts";
import {
  NOTIFICATION_WORKFLOW,
  type NotificationInput,
  notificationStartOptions,
  REPLAY_WORKFLOW,
  replayStartOptions,
  takeoverWorkflowId,
  wakeSignal,
} from "../workflows/contract.ts";
import { decodePayloads } from "./data-converter.ts";
import { UnknownPayloadKeyError } from "./payload-codec.ts";

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
  return {
    async isRunning(workflowId) {
      try {
        const { status } = await client.workflow.getHandle(workflowId).describe();
        return status.name === "RUNNING";
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
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
      for await (const { workflowId, runId } of client.workflow.list({ query })) {
        yield { workflowId, input: await inputOf(client, workflowId, runId) };
      }
    },

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

/** What the workflow was started with; null where that cannot be read (any more). */
async function inputOf(client: Client, workflowId: string, runId: string): Promise<NotificationInput | null> {
  const payloads = await startPayloads(client, workflowId, runId);
  try {
    const [given] = await decodePayloads(client.options.loadedDataConverter, payloads);
    const input = inputSchema.safeParse(given);
    return input.success ? (input.data as NotificationInput) : null;
  } catch (error) {
    // A key that was retired, or bytes that were never ours: one workflow that says nothing must not stop the others.
    if (error instanceof UnknownPayloadKeyError || error instanceof ValueError) return null;
    throw error;
  }
}

async function startPayloads(client: Client, workflowId: string, runId: string): Promise<Payload[]> {
  try {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    return events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}
