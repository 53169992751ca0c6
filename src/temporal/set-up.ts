import { setTimeout as delay } from "node:timers/promises";
import {
  Client,
  Connection,
  type ConnectionOptions,
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
} from "@temporalio/client";
import proto from "@temporalio/proto";
import { messageOf } from "../observability/reason-of.ts";
import {
  NOTIFICATIONS_QUEUE,
  OUTBOUND_EVERY_MS,
  OUTBOUND_SCHEDULE,
  OUTBOUND_WORKFLOW,
  REPAIR_EVERY_MS,
  REPAIR_SCHEDULE,
  REPAIR_WORKFLOW,
  RETENTION_EVERY_MS,
  RETENTION_SCHEDULE,
  RETENTION_WORKFLOW,
  searchAttributes,
} from "../workflows/contract.ts";
import { namespaceLine, scheduleLine, type SearchAttribute, searchAttributeLines } from "./set-up-lines.ts";
import { untilSearchAttributesAreUsable } from "./usable-search-attributes.ts";

const INDEXED_VALUE_TYPE = proto.temporal.api.enums.v1.IndexedValueType;
const INDEXED_VALUE_TYPES = {
  KEYWORD: INDEXED_VALUE_TYPE.INDEXED_VALUE_TYPE_KEYWORD,
  KEYWORD_LIST: INDEXED_VALUE_TYPE.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} as const;

// gRPC status codes.
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const PERMISSION_DENIED = 7;
/** What a service without this part of the API answers, as Temporal Cloud does to an operator's calls. */
const UNIMPLEMENTED = 12;
const REFUSED = [PERMISSION_DENIED, UNIMPLEMENTED];

const VISIBLE_WITHIN_MS = 30_000;

type Schedule = {
  id: string;
  everyMs: number;
  workflow: string;
  taskQueue: string;
  /** Whether a round that came due during another one begins at its end; else it is left out. */
  followsOn?: boolean;
};

const SCHEDULES: readonly Schedule[] = [
  { id: REPAIR_SCHEDULE, everyMs: REPAIR_EVERY_MS, workflow: REPAIR_WORKFLOW, taskQueue: NOTIFICATIONS_QUEUE },
  { id: RETENTION_SCHEDULE, everyMs: RETENTION_EVERY_MS, workflow: RETENTION_WORKFLOW, taskQueue: NOTIFICATIONS_QUEUE },
  {
    id: OUTBOUND_SCHEDULE,
    everyMs: OUTBOUND_EVERY_MS,
    workflow: OUTBOUND_WORKFLOW,
    taskQueue: NOTIFICATIONS_QUEUE,
    followsOn: true,
  },
];

export type TemporalSetUpOptions = {
  connection: ConnectionOptions;
  namespace: string;
  /** How long Temporal keeps closed workflows, in days; used only where the namespace is made here. */
  retentionDays?: number;
  log: (line: string) => void;
};

/** Thrown when these credentials may not do all of it; the message has the lines for the Temporal CLI that do the rest. */
export class TemporalSetUpRefused extends Error {}

/** Thrown where there is no connection, or not with these credentials. */
export class TemporalUnusable extends Error {}

/**
 * Makes the namespace, registers the search attributes and makes the schedules, as far as they are missing.
 * Repeatable, and safe from many processes at once. Needs no rights for what is there already.
 * @throws {TemporalSetUpRefused} when Temporal refuses a part of it
 * @throws {TemporalUnusable} when Temporal cannot be reached
 */
export async function setUpTemporal(options: TemporalSetUpOptions): Promise<void> {
  const connection = await Connection.connect(options.connection).catch((error: unknown) => {
    throw new TemporalUnusable(`The Temporal of TEMPORAL_ADDRESS cannot be used: ${messageOf(error)}.`, {
      cause: error,
    });
  });
  try {
    const lines = await setUp(connection, options);
    if (lines.length > 0) throw refusal(options.namespace, lines);
  } finally {
    await connection.close();
  }
}

/** @returns the lines that somebody else has to run */
async function setUp(connection: Connection, options: TemporalSetUpOptions): Promise<string[]> {
  const { namespace, retentionDays = 3 } = options;
  if (!(await ensureNamespace(connection, { ...options, retentionDays }))) {
    return [
      namespaceLine(namespace, retentionDays),
      ...searchAttributeLines(namespace, Object.values(searchAttributes)),
      ...SCHEDULES.map((schedule) => scheduleLine(namespace, schedule)),
    ];
  }
  const refused = await ensureSearchAttributes(connection, options);
  if (refused.length === 0) await untilSearchAttributesAreUsable(connection, namespace);
  const lines = searchAttributeLines(namespace, refused);
  for (const schedule of SCHEDULES) {
    if (!(await ensureSchedule(connection, options, schedule))) lines.push(scheduleLine(namespace, schedule));
  }
  return lines;
}

function refusal(namespace: string, lines: readonly string[]): TemporalSetUpRefused {
  return new TemporalSetUpRefused(
    `Temporal does not let these credentials do all of the set-up of the namespace ${namespace}. Have somebody who may do it run this, and try again:${lines.map((line) => `\n  ${line}`).join("")}`,
  );
}

/** @returns false where it is missing, or hidden from these credentials, and they may not make it */
async function ensureNamespace(
  connection: Connection,
  { namespace, retentionDays, log }: TemporalSetUpOptions & { retentionDays: number },
): Promise<boolean> {
  const { workflowService } = connection;
  const found = await unless([NOT_FOUND, ...REFUSED], workflowService.describeNamespace({ namespace }));
  if (found !== null) return true;
  try {
    await workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: retentionDays * 86_400 } as never,
    });
    log(`made the Temporal namespace ${namespace}`);
  } catch (error) {
    if (REFUSED.includes(statusOf(error))) return false;
    if (statusOf(error) !== ALREADY_EXISTS) throw error;
  }
  return true;
}

/** @returns those that are missing and may not be registered */
async function ensureSearchAttributes(
  connection: Connection,
  { namespace, log }: TemporalSetUpOptions,
): Promise<SearchAttribute[]> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return [];
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, INDEXED_VALUE_TYPES[type]])),
    });
    log(`registered the search attributes ${missing.map(({ name }) => name).join(", ")}`);
  } catch (error) {
    if (REFUSED.includes(statusOf(error))) return missing;
    if (statusOf(error) !== ALREADY_EXISTS) throw error;
  }
  return [];
}

async function missingSearchAttributes(connection: Connection, namespace: string): Promise<SearchAttribute[]> {
  const all = Object.values(searchAttributes);
  const listed = await onceVisible(() =>
    unless(REFUSED, connection.operatorService.listSearchAttributes({ namespace })),
  );
  if (listed !== null) return all.filter(({ name }) => !(name in listed.customAttributes));
  // The list is an operator's. A query says the same to everybody: it is invalid where it names what is not registered.
  const counts = await Promise.all(
    all.map(({ name }) =>
      unless(
        [INVALID_ARGUMENT, ...REFUSED],
        connection.workflowService.countWorkflowExecutions({ namespace, query: `${name} = "any"` }),
      ),
    ),
  );
  return all.filter((_, index) => counts[index] === null);
}

/** @returns false where it is missing and may not be made */
async function ensureSchedule(
  connection: Connection,
  options: TemporalSetUpOptions,
  { id, everyMs, workflow, taskQueue, followsOn = false }: Schedule,
): Promise<boolean> {
  const { namespace, log } = options;
  const client = new Client({ connection, namespace });
  try {
    const made = await client.schedule.create({
      scheduleId: id,
      spec: { intervals: [{ every: everyMs }] },
      // A round that takes long is not joined by another, and those that were missed are not made up for.
      policies: {
        overlap: followsOn ? ScheduleOverlapPolicy.BUFFER_ONE : ScheduleOverlapPolicy.SKIP,
        catchupWindow: everyMs,
      },
      action: {
        type: "startWorkflow",
        workflowType: workflow,
        workflowId: id,
        taskQueue,
        args: [],
      },
    });
    // What must always be there need not wait for the first minute. Asked for with the schedule itself, it would overlap.
    if (followsOn) await made.trigger(ScheduleOverlapPolicy.BUFFER_ONE);
    log(`made the schedule of the ${workflow}`);
  } catch (error) {
    if (REFUSED.includes(statusOf(error))) return hasSchedule(connection, namespace, id);
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  return true;
}

async function hasSchedule(connection: Connection, namespace: string, scheduleId: string): Promise<boolean> {
  const described = connection.workflowService.describeSchedule({ namespace, scheduleId });
  return (await unless([NOT_FOUND, ...REFUSED], described)) !== null;
}

/** A namespace that was just made is seen everywhere only after the servers have read their list anew. */
async function onceVisible<T>(call: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + VISIBLE_WITHIN_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (statusOf(error) !== NOT_FOUND || performance.now() > giveUpAt) throw error;
    }
    await delay(200);
  }
}

/** The answer, or null where the call failed with one of these gRPC statuses. */
async function unless<T>(statuses: readonly number[], call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (statuses.includes(statusOf(error))) return null;
    throw error;
  }
}

/** The gRPC status of an error, also where the client has wrapped it; -1 where it is none. */
function statusOf(error: unknown): number {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  const status = code ?? cause?.code;
  return typeof status === "number" ? status : -1;
}
