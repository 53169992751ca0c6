import { randomUUIDv7 } from "node:crypto";
import type { Client } from "@temporalio/client";
import { type Response, Router } from "express";
import { z } from "zod";
import type { DeadLetter, DeadLetters } from "../../database/dead-letters.ts";
import type { NewReplay, Replays, ReplayView } from "../../database/replays.ts";
import { deadLetterFilterOf, deadLetterFilterSchema } from "../../domain/dead-letter-filter.ts";
import { instantSchema } from "../../domain/notification-body.ts";
import { clientIdSchema, decodeNotificationId, encodeNotificationId } from "../../domain/notification-id.ts";
import { grants } from "../../domain/scope.ts";
import type { Logger } from "../../observability/log.ts";
import { REPLAY_WORKFLOW, replayStartOptions } from "../../workflows/contract.ts";
import { deadLetterSchema, replayIdSchema, replaySchema } from "../dead-letter-schemas.ts";
import { ApiError, invalidField, noSuch } from "../errors.ts";
import { actorOf, callerOf, requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { notificationIdSchema } from "../notification-schemas.ts";
import type { Operations } from "../openapi/operation.ts";
import { decodeTimedCursor, pageOf, pageQuerySchema, pageSchema, timedKey } from "../pages.ts";
import { isTemporalUnavailable } from "../temporal-unavailable.ts";
import { parse } from "../validation.ts";

const MAX_IDS = 1_000;
const MIN_RATE = 0.001;
const MAX_RATE = 500;
const START_DEADLINE_MS = 5_000;

const client = clientIdSchema
  .optional()
  .meta({ description: "Whose, for keys of scope `admin`; else the caller's own" });
const clientQuerySchema = z.strictObject({ client });
const listQuerySchema = pageQuerySchema.extend({ ...deadLetterFilterSchema.shape, client });
const pathSchema = z.object({ id: replayIdSchema });

const replayBodySchema = z
  .strictObject({
    ids: z
      .array(notificationIdSchema)
      .min(1)
      .max(MAX_IDS)
      .optional()
      .meta({ description: `These notifications, at most ${MAX_IDS}` }),
    filter: deadLetterFilterSchema
      .refine(
        (filter) => Object.keys(filter).length > 0,
        "must have at least one condition; for all dead letters give `all: true`",
      )
      .optional()
      .meta({ description: "Those that match, of the current ones" }),
    all: z.literal(true).optional().meta({ description: "All current ones" }),
    // The column keeps less than a double, and a rate of years helps nobody.
    ratePerSecond: z.number().min(MIN_RATE).max(MAX_RATE).default(10),
    acceptDuplicate: z
      .boolean()
      .default(false)
      .meta({ description: "Also what may have arrived, of categories that promise at most once" }),
    expiresAt: instantSchema.optional().meta({ description: "Not after this time, whatever the requests said" }),
    client,
  })
  .refine(
    ({ ids, filter, all }) => [ids, filter, all].filter((given) => given !== undefined).length === 1,
    "must have exactly one of ids, filter and all",
  );

export const deadLetterOperations = {
  "GET /v1/dead-letters": {
    id: "listDeadLetters",
    summary: "List what failed for good",
    description:
      "Notifications that are `failed`, `unknown` or `partially_sent`, with their last attempts; the newest first. Those that somebody cancelled are not listed.",
    scopes: ["read"],
    query: listQuerySchema,
    answers: { 200: { description: "A page of them.", body: pageSchema(deadLetterSchema) } },
  },
  "POST /v1/dead-letters/replay": {
    id: "replayDeadLetters",
    summary: "Send dead letters again",
    description:
      "Each is decided again by the current rules, and keeps its identity. What has arrived is not repeated. The answer comes before the first one is sent.",
    scopes: ["send"],
    body: { schema: replayBodySchema, example: { filter: { reason: "retries_exhausted" }, ratePerSecond: 50 } },
    answers: { 202: { description: "Accepted: from here on it is not lost.", body: replaySchema } },
    errors: ["not_found"],
  },
  "GET /v1/dead-letters/replays/:id": {
    id: "getReplay",
    summary: "Show the progress of a replay",
    scopes: ["read"],
    path: pathSchema,
    query: clientQuerySchema,
    answers: { 200: { description: "The replay.", body: replaySchema } },
    errors: ["not_found"],
  },
  "POST /v1/dead-letters/replays/:id/cancel": {
    id: "cancelReplay",
    summary: "Stop a replay",
    description: "No body. It then takes up no more notifications; those it has taken up are sent.",
    scopes: ["send"],
    path: pathSchema,
    query: clientQuerySchema,
    answers: { 200: { description: "The replay as it ended.", body: replaySchema } },
    errors: ["not_found"],
  },
} as const satisfies Operations;

export type DeadLetterRouteDependencies = {
  deadLetters: DeadLetters;
  replays: Replays;
  client: Client;
  now: () => Date;
  log: Logger;
};

/** What failed for good, and sending it again. */
export function deadLetterRoutes(deps: DeadLetterRouteDependencies): Router {
  const router = Router();
  const { deadLetters, replays } = deps;

  router.get("/v1/dead-letters", requireScope("read"), async (request, response) => {
    const { limit, cursor, client: named, ...filter } = parse(listQuerySchema, request.query);
    const clientId = clientOf(response, named);
    const position = decodeTimedCursor(cursor);
    const after = position === null ? null : { failedAt: position.at, rowId: position.id };
    const rows = await deadLetters.list(clientId, deadLetterFilterOf(filter), { after, limit: limit + 1 });
    response.json(
      pageOf(
        rows,
        limit,
        ({ failedAt, rowId }) => timedKey({ at: failedAt, id: rowId }),
        (row) => shown(row, clientId),
      ),
    );
  });

  router.post("/v1/dead-letters/replay", requireScope("send"), jsonBody(), async (request, response) => {
    const { client: named, ...body } = parse(replayBodySchema, request.body);
    const clientId = clientOf(response, named);
    if (body.expiresAt !== undefined && new Date(body.expiresAt) <= deps.now()) {
      throw invalidField("expiresAt", "must be in the future");
    }
    const replayId = randomUUIDv7();
    const replay = {
      replayId,
      clientId,
      selection: selectionOf(body, clientId),
      ratePerSecond: body.ratePerSecond,
      acceptDuplicate: body.acceptDuplicate,
      expiresAt: body.expiresAt === undefined ? null : new Date(body.expiresAt),
    };
    const created = await replays.create(replay, actorOf(response));
    if (!created) throw noSuch("client");
    await start(deps, replayId);
    response.status(202).json(await viewOf(deps, clientId, replayId));
  });

  router.get("/v1/dead-letters/replays/:id", requireScope("read"), async (request, response) => {
    const clientId = clientOf(response, parse(clientQuerySchema, request.query).client);
    response.json(await viewOf(deps, clientId, idOf(request.params.id)));
  });

  router.post("/v1/dead-letters/replays/:id/cancel", requireScope("send"), async (request, response) => {
    const clientId = clientOf(response, parse(clientQuerySchema, request.query).client);
    const replayId = idOf(request.params.id);
    if (!(await replays.cancel(clientId, replayId, actorOf(response)))) throw noSuch("replay");
    response.json(await viewOf(deps, clientId, replayId));
  });

  return router;
}

/** @throws {ApiError} `missing_scope` where another client is named without the scope `admin` */
function clientOf(response: Response, named: string | undefined): string {
  const { clientId, scopes } = callerOf(response);
  if (named === undefined || named === clientId) return clientId;
  if (!grants(scopes, "admin")) {
    throw new ApiError("missing_scope", { detail: "The key needs the scope admin for another client." });
  }
  return named;
}

function selectionOf({ ids, filter }: z.output<typeof replayBodySchema>, clientId: string): NewReplay["selection"] {
  if (filter !== undefined) return { filter };
  if (ids === undefined) return { all: true };
  // Another client's ids name nothing here, and neither do texts that are no ids.
  const own = ids.flatMap((id) => ownEventId(id, clientId) ?? []);
  return { eventIds: own, others: ids.length - own.length };
}

function ownEventId(id: string, clientId: string): string | null {
  const key = decodeNotificationId(id);
  return key?.clientId === clientId ? key.eventId : null;
}

/** What is written is carried out: where Temporal is away, repair starts it once it is back. */
async function start({ client, log }: DeadLetterRouteDependencies, replayId: string): Promise<void> {
  try {
    await client.connection.withDeadline(Date.now() + START_DEADLINE_MS, () =>
      client.workflow.start(REPLAY_WORKFLOW, replayStartOptions(replayId)),
    );
  } catch (error) {
    if (!isTemporalUnavailable(error)) throw error;
    log.warn({ replayId }, "Temporal is away: repair will start this replay");
  }
}

function idOf(value: unknown): string {
  const id = replayIdSchema.safeParse(value);
  if (!id.success) throw noSuch("replay");
  return id.data;
}

function shown(stored: DeadLetter, clientId: string): z.input<typeof deadLetterSchema> {
  const { rowId: _, ...row } = stored;
  return { id: encodeNotificationId({ clientId, eventId: row.eventId }), ...row };
}

async function viewOf(
  { replays }: DeadLetterRouteDependencies,
  clientId: string,
  replayId: string,
): Promise<z.input<typeof replaySchema>> {
  const view = await replays.view(clientId, replayId);
  if (view === null) throw noSuch("replay");
  return shownReplay(view, clientId);
}

function shownReplay(view: ReplayView, clientId: string): z.input<typeof replaySchema> {
  const { replayId, collected, replayed, pending, refused, refusedBy, ...rest } = view;
  return {
    id: replayId,
    ...rest,
    counts: {
      replayed,
      refused: Object.values(refusedBy).reduce((sum, count) => sum + count, 0),
      pending: collected ? pending : null,
    },
    refusedBy,
    refused: refused.map(({ eventId, reason }) => ({ id: encodeNotificationId({ clientId, eventId }), reason })),
  };
}
