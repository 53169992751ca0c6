import { type Response, Router } from "express";
import { z } from "zod";
import type { MessageView, OutboundEvents } from "../../database/outbound-events.ts";
import type { WebhookEndpoint, WebhookEndpoints } from "../../database/webhook-endpoints.ts";
import { instantSchema } from "../../domain/notification-body.ts";
import { eventTypesSchema, MESSAGE_STATUSES, webhookIdOf } from "../../domain/outbound-event.ts";
import { MAX_ENDPOINTS } from "../../domain/outbound-policy.ts";
import { ApiError, invalidField, noSuch } from "../errors.ts";
import { actorOf, callerOf, requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import type { Operations } from "../openapi/operation.ts";
import { decodeCursor, decodeTimedCursor, pageOf, pageQuerySchema, pageSchema, timedKey } from "../pages.ts";
import { parse } from "../validation.ts";
import {
  endpointSchema,
  endpointWithSecretSchema,
  messageSchema,
  queuedReplaySchema,
  queuedTestSchema,
} from "../webhook-endpoint-schemas.ts";

const MAX_URL_LENGTH = 2_000;
const REPLAY_AT_ONCE = 10_000;

const pathSchema = z.object({ id: z.uuid() });
// Kept as it will be called, so that whoever shows or audits it reads the same host in it.
const url = z
  .url()
  .max(MAX_URL_LENGTH)
  .regex(/^[^\\]*$/, "must not contain a backslash")
  .overwrite((text) => URL.parse(text)?.href ?? text)
  .meta({ description: "Https; its host must have public addresses only" });

const endpointBodySchema = z.strictObject({
  url,
  eventTypes: eventTypesSchema.default(["*"]).meta({ description: "What it is told; default: everything" }),
});
const changeBodySchema = z.strictObject({
  url: url.optional(),
  eventTypes: eventTypesSchema.optional(),
  enabled: z.boolean().optional(),
});
const replayBodySchema = z
  .strictObject({
    since: instantSchema,
    until: instantSchema.optional().meta({ description: "Before this time; default: now" }),
    all: z.boolean().default(false).meta({ description: "Also what was delivered" }),
  })
  .refine(({ since, until }) => until === undefined || Date.parse(since) < Date.parse(until), {
    path: ["until"],
    message: "must be after since",
  });
const messagesQuerySchema = pageQuerySchema.extend({ status: z.enum(MESSAGE_STATUSES).optional() });

const EXAMPLE = { url: "https://shop.example.com/hooks/tidings", eventTypes: ["notification.*", "delivery.bounced"] };

export const webhookEndpointOperations = {
  "POST /v1/webhook-endpoints": {
    id: "createWebhookEndpoint",
    summary: "Create a webhook endpoint",
    description: `Events of the caller's own notifications, signed by Standard Webhooks. At most ${MAX_ENDPOINTS} endpoints.`,
    scopes: ["manage"],
    body: { schema: endpointBodySchema, example: EXAMPLE },
    answers: { 201: { description: "Created. Its secret is shown only this once.", body: endpointWithSecretSchema } },
    errors: ["limit_reached"],
  },
  "GET /v1/webhook-endpoints": {
    id: "listWebhookEndpoints",
    summary: "List the endpoints",
    description: "The caller's own, the oldest first, without secrets.",
    scopes: ["manage"],
    query: pageQuerySchema,
    answers: { 200: { description: "A page of them.", body: pageSchema(endpointSchema) } },
  },
  "GET /v1/webhook-endpoints/:id": {
    id: "getWebhookEndpoint",
    summary: "Show an endpoint",
    scopes: ["manage"],
    path: pathSchema,
    answers: { 200: { description: "The endpoint.", body: endpointSchema } },
    errors: ["not_found"],
  },
  "PATCH /v1/webhook-endpoints/:id": {
    id: "changeWebhookEndpoint",
    summary: "Change, disable or enable an endpoint",
    description: "What is not named stays. What happens while it is disabled is not queued; a replay brings it.",
    scopes: ["manage"],
    path: pathSchema,
    body: { schema: changeBodySchema, example: { enabled: true } },
    answers: { 200: { description: "The endpoint as it is now.", body: endpointSchema } },
    errors: ["not_found"],
  },
  "DELETE /v1/webhook-endpoints/:id": {
    id: "deleteWebhookEndpoint",
    summary: "Delete an endpoint",
    description: "What is on its way to it is not sent any more, but for calls under way.",
    scopes: ["manage"],
    path: pathSchema,
    answers: { 204: { description: "The endpoint no longer exists." } },
    errors: ["not_found"],
  },
  "POST /v1/webhook-endpoints/:id/rotate-secret": {
    id: "rotateWebhookSecret",
    summary: "Rotate the secret of an endpoint",
    description: "No body. Messages are signed with both for 24 hours, and then with the new one only.",
    scopes: ["manage"],
    path: pathSchema,
    answers: {
      200: {
        description: "The endpoint with its new secret, which is shown only this once.",
        body: endpointWithSecretSchema,
      },
    },
    errors: ["not_found"],
  },
  "POST /v1/webhook-endpoints/:id/test": {
    id: "testWebhookEndpoint",
    summary: "Send a test",
    description: "No body. An event `endpoint.test` to this endpoint, tried as any other.",
    scopes: ["manage"],
    path: pathSchema,
    answers: { 202: { description: "Queued.", body: queuedTestSchema } },
    errors: ["not_found", "endpoint_disabled"],
  },
  "POST /v1/webhook-endpoints/:id/replay": {
    id: "replayWebhookEvents",
    summary: "Send events again",
    description: `What the endpoint has not got, or all, of the types it asks for now; the oldest first, with the same ids; at most ${REPLAY_AT_ONCE} at once.`,
    scopes: ["manage"],
    path: pathSchema,
    body: { schema: replayBodySchema, example: { since: "2026-11-22T00:00:00Z" } },
    answers: { 202: { description: "Queued.", body: queuedReplaySchema } },
    errors: ["not_found", "endpoint_disabled"],
  },
  "GET /v1/webhook-endpoints/:id/deliveries": {
    id: "listWebhookDeliveries",
    summary: "List what became of events at an endpoint",
    description: "What was queued last comes first.",
    scopes: ["manage"],
    path: pathSchema,
    query: messagesQuerySchema,
    answers: { 200: { description: "A page of them.", body: pageSchema(messageSchema) } },
    errors: ["not_found"],
  },
} as const satisfies Operations;

export type WebhookEndpointRouteDependencies = {
  webhookEndpoints: WebhookEndpoints;
  outboundEvents: OutboundEvents;
  /** Why a URL cannot be an endpoint's, as far as it says itself; null where nothing is against it. */
  urlProblem: (url: string) => string | null;
  writtenSecret: (secret: Buffer) => string;
  now: () => Date;
};

/** Where a client is told what becomes of its notifications. One client never sees another's endpoints. */
export function webhookEndpointRoutes(deps: WebhookEndpointRouteDependencies): Router {
  const { webhookEndpoints: endpoints, outboundEvents: events, writtenSecret } = deps;
  const router = Router();
  const list = router.route("/v1/webhook-endpoints");
  const one = router.route("/v1/webhook-endpoints/:id");

  list.post(requireScope("manage"), jsonBody(), async (request, response) => {
    const body = parse(endpointBodySchema, request.body);
    refuseUnfit(deps, body.url);
    const made = await endpoints.create(clientOf(response), body, actorOf(response));
    if (made === null) throw new ApiError("limit_reached", { detail: `At most ${MAX_ENDPOINTS} endpoints.` });
    response.status(201).json({ ...viewOf(made.endpoint), secret: writtenSecret(made.secret) });
  });

  list.get(requireScope("manage"), async (request, response) => {
    const { limit, cursor } = parse(pageQuerySchema, request.query);
    const rows = await endpoints.list(clientOf(response), { after: decodeCursor(cursor, z.uuid()), limit: limit + 1 });
    response.json(pageOf(rows, limit, ({ id }) => id, viewOf));
  });

  one.get(requireScope("manage"), async (request, response) => {
    response.json(viewOf(found(await endpoints.find(clientOf(response), idOf(request.params)))));
  });

  one.patch(requireScope("manage"), jsonBody(), async (request, response) => {
    const change = parse(changeBodySchema, request.body);
    if (change.url !== undefined) refuseUnfit(deps, change.url);
    const [clientId, id] = [clientOf(response), idOf(request.params)];
    response.json(viewOf(found(await endpoints.change(clientId, id, defined(change), actorOf(response)))));
  });

  one.delete(requireScope("manage"), async (request, response) => {
    await endpoints.remove(clientOf(response), idOf(request.params), actorOf(response));
    response.status(204).end();
  });

  router.post("/v1/webhook-endpoints/:id/rotate-secret", requireScope("manage"), async (request, response) => {
    const [clientId, id] = [clientOf(response), idOf(request.params)];
    const { endpoint, secret } = found(await endpoints.rotateSecret(clientId, id, actorOf(response)));
    response.json({ ...viewOf(endpoint), secret: writtenSecret(secret) });
  });

  router.post("/v1/webhook-endpoints/:id/test", requireScope("manage"), async (request, response) => {
    const [clientId, id] = [clientOf(response), idOf(request.params)];
    const eventRowId = await events.test(clientId, id);
    if (eventRowId === null) throw await unreachable(endpoints, clientId, id);
    response.status(202).json({ webhookId: webhookIdOf(eventRowId) });
  });

  router.post("/v1/webhook-endpoints/:id/replay", requireScope("manage"), jsonBody(), async (request, response) => {
    const { since, until, all } = parse(replayBodySchema, request.body);
    const [clientId, id] = [clientOf(response), idOf(request.params)];
    const endpoint = found(await endpoints.find(clientId, id));
    if (endpoint.disabledAt !== null) throw new ApiError("endpoint_disabled");
    const times = { since: new Date(since), until: until === undefined ? deps.now() : new Date(until) };
    const { queued, last } = await events.replay(clientId, id, { ...times, all, limit: REPLAY_AT_ONCE });
    response.status(202).json({ queued, continueFrom: last } satisfies z.input<typeof queuedReplaySchema>);
  });

  router.get("/v1/webhook-endpoints/:id/deliveries", requireScope("manage"), async (request, response) => {
    const { limit, cursor, status } = parse(messagesQuerySchema, request.query);
    const position = decodeTimedCursor(cursor);
    const before = position === null ? null : { queuedAt: position.at, id: position.id };
    const [clientId, endpointId] = [clientOf(response), idOf(request.params)];
    found(await endpoints.find(clientId, endpointId));
    const page = { before, limit: limit + 1 };
    const rows = await events.list(clientId, endpointId, { status: status ?? null }, page);
    response.json(pageOf(rows, limit, ({ queuedAt, id }) => timedKey({ at: queuedAt, id }), messageViewOf));
  });

  return router;
}

function clientOf(response: Response): string {
  return callerOf(response).clientId;
}

/** What is no id names nothing. */
function idOf(params: unknown): string {
  const path = pathSchema.safeParse(params);
  if (!path.success) throw noSuch("endpoint");
  return path.data.id;
}

function found<T>(value: T | null): T {
  if (value === null) throw noSuch("endpoint");
  return value;
}

async function unreachable(endpoints: WebhookEndpoints, clientId: string, id: string): Promise<ApiError> {
  found(await endpoints.find(clientId, id));
  return new ApiError("endpoint_disabled");
}

function refuseUnfit({ urlProblem }: WebhookEndpointRouteDependencies, given: string): void {
  const message = urlProblem(given);
  if (message !== null) throw invalidField("url", message);
}

function defined({ url, eventTypes, enabled }: z.output<typeof changeBodySchema>) {
  return {
    ...(url === undefined ? {} : { url }),
    ...(eventTypes === undefined ? {} : { eventTypes }),
    ...(enabled === undefined ? {} : { enabled }),
  };
}

function viewOf({ eventTypes, ...endpoint }: WebhookEndpoint): z.input<typeof endpointSchema> {
  return {
    ...endpoint,
    eventTypes: eventTypes as z.input<typeof endpointSchema>["eventTypes"],
    enabled: endpoint.disabledAt === null,
  };
}

function messageViewOf({ id, ...message }: MessageView): z.input<typeof messageSchema> {
  return { webhookId: webhookIdOf(id), ...message };
}
