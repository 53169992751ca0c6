import { setTimeout as delay } from "node:timers/promises";
import {
  Client,
  Connection,
  type ConnectionOptions,
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
} from "@temporalio/client";
import proto from "@temporalio/proto";
import {
  NOTIFICATIONS_QUEUE,
  REPAIR_EVERY_MS,
  REPAIR_SCHEDULE,
  REPAIR_WORKFLOW,
  searchAttributes,
} from "../workflows/contract.ts";

const INDEXED_VALUE_TYPE = proto.temporal.api.enums.v1.IndexedValueType;
const INDEXED_VALUE_TYPES = {
  KEYWORD: INDEXED_VALUE_TYPE.INDEXED_VALUE_TYPE_KEYWORD,
  KEYWORD_LIST: INDEXED_VALUE_TYPE.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} as const;

// gRPC status codes.
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;

const VISIBLE_WITHIN_MS = 30_000;

export type TemporalSetUpOptions = {
  connection: ConnectionOptions;
  namespace: string;
  /** How long Temporal keeps closed workflows, in days; used only where the namespace is made here. */
  retentionDays?: number;
  log: (line: string) => void;
};

/**
 * Makes the namespace, registers the search attributes and makes the repair schedule, as far as they are missing. Repeatable, and safe from many
 * processes at once.
 * @throws {ServiceError} when Temporal refuses or cannot be reached
 */
export async function setUpTemporal(options: TemporalSetUpOptions): Promise<void> {
  const connection = await Connection.connect(options.connection);
  try {
    await ensureNamespace(connection, options);
    await ensureSearchAttributes(connection, options);
    await ensureRepairSchedule(connection, options);
  } finally {
    await connection.close();
  }
}

async function ensureNamespace(connection: Connection, options: TemporalSetUpOptions): Promise<void> {
  const { namespace, retentionDays = 3, log } = options;
  if ((await unless(NOT_FOUND, connection.workflowService.describeNamespace({ namespace }))) !== null) return;
  const made = await unless(
    ALREADY_EXISTS,
    connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: retentionDays * 86_400 } as never,
    }),
  );
  if (made !== null) log(`made the Temporal namespace ${namespace}`);
}

async function ensureSearchAttributes(connection: Connection, options: TemporalSetUpOptions): Promise<void> {
  const { namespace, log } = options;
  const { customAttributes } = await onceVisible(() => connection.operatorService.listSearchAttributes({ namespace }));
  const missing = Object.values(searchAttributes).filter(({ name }) => !(name in customAttributes));
  if (missing.length === 0) return;
  await unless(
    ALREADY_EXISTS,
    connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, INDEXED_VALUE_TYPES[type]])),
    }),
  );
  log(`registered the search attributes ${missing.map(({ name }) => name).join(", ")}`);
}

async function ensureRepairSchedule(connection: Connection, { namespace, log }: TemporalSetUpOptions): Promise<void> {
  const client = new Client({ connection, namespace });
  try {
    await client.schedule.create({
      scheduleId: REPAIR_SCHEDULE,
      spec: { intervals: [{ every: REPAIR_EVERY_MS }] },
      // A round that takes long is not joined by another, and those that were missed are not made up for.
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: REPAIR_EVERY_MS },
      action: {
        type: "startWorkflow",
        workflowType: REPAIR_WORKFLOW,
        workflowId: REPAIR_SCHEDULE,
        taskQueue: NOTIFICATIONS_QUEUE,
        args: [],
      },
    });
    log("made the repair schedule");
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}

/** A namespace that was just made is seen everywhere only after the servers have read their list anew. */
async function onceVisible<T>(call: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + VISIBLE_WITHIN_MS;
  for (;;) {
    const answer = await unless(NOT_FOUND, call());
    if (answer !== null) return answer;
    if (performance.now() > giveUpAt) return call();
    await delay(200);
  }
}

/** The answer, or null where the call failed with this very gRPC status. */
async function unless<T>(status: number, call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if ((error as { code?: unknown }).code === status) return null;
    throw error;
  }
}
