import { isUtf8 } from "node:buffer";
import { type Request, type Response, Router } from "express";
import { z } from "zod";
import type { ApiMetrics } from "../../observability/api-metrics.ts";
import type { NotificationView } from "../../database/notification-views.ts";
import { instantSchema, notificationBodySchema } from "../../domain/notification-body.ts";
import {
  decodeNotificationId,
  encodeNotificationId,
  eventIdSchema,
  type NotificationKey,
} from "../../domain/notification-id.ts";
import { grants } from "../../domain/scope.ts";
import { NOTIFICATION_STATUSES } from "../../domain/status.ts";
import { userIdSchema } from "../../domain/user.ts";
import { type AcceptDependencies, acceptNotification } from "../accept-notification.ts";
import { type CancelDependencies, cancelNotification } from "../cancel-notification.ts";
import type { CheckedRequest } from "../check-request.ts";
import { checkSendAt } from "../check-times.ts";
import { ApiError, noSuch } from "../errors.ts";
import { type ExplainDependencies, explainNotification } from "../explain-notification.ts";
import { callerOf, requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import {
  acceptedSchema,
  cancelResultSchema,
  explanationSchema,
  notificationIdSchema,
  notificationSchema,
  timelineSchema,
} from "../notification-schemas.ts";
import type { Operations } from "../openapi/operation.ts";
import { decodeCursor, pageOf, pageQuerySchema, pageSchema } from "../pages.ts";
import { type RescheduleDependencies, rescheduleNotification } from "../reschedule-notification.ts";
import { describeNotification, type RunningNotification } from "../running-notification.ts";
import { parse } from "../validation.ts";

export type NotificationRouteDependencies = AcceptDependencies &
  CancelDependencies &
  RescheduleDependencies &
  ExplainDependencies & {
    metrics: Pick<ApiMetrics, "notification">;
    publicUrl: string;
    /** Address of a workflow's page in Temporal's Web UI; null where none is known. */
    workflowUrl: ((workflowId: string) => string) | null;
  };

const listQuerySchema = pageQuerySchema.extend({
  user: userIdSchema.optional(),
  eventId: eventIdSchema.optional(),
  status: z.enum(NOTIFICATION_STATUSES).optional(),
});

const headersSchema = z.object({
  "Idempotency-Key": eventIdSchema
    .optional()
    .meta({ description: "Stands in for an `eventId` that the body leaves out" }),
});
const rescheduleBodySchema = z.strictObject({ sendAt: instantSchema });
const pathSchema = z.object({ id: notificationIdSchema });

// Which of the `send` scopes is needed depends on the channels that the request can reach.
const SEND_SCOPES = ["send", "send:push", "send:apns", "send:fcm", "send:sms", "send:email"] as const;

/** What a request to send may be refused for besides what it names. */
const UNSENDABLE = ["missing_variable", "template_invalid", "send_at_in_past"] as const;

export const notificationOperations = {
  "POST /v1/notifications": {
    id: "sendNotification",
    summary: "Send a notification to a user",
    description:
      "Answered once Temporal holds it. The same body again is the same notification; another body under the same `eventId` is refused. The key needs `send`, or `send:<channel>` for each channel that the request can reach.",
    scopes: SEND_SCOPES,
    headers: headersSchema,
    body: {
      schema: notificationBodySchema,
      example: {
        eventId: "order-1001-shipped",
        to: { userId: "u1" },
        category: "orders",
        template: "order_shipped",
        data: { item_name: "Blue kettle" },
      },
    },
    answers: {
      200: {
        description: "A repeat: the same notification, with its current status.",
        body: acceptedSchema,
        headers: { "Idempotent-Replayed": "`true`" },
      },
      202: { description: "Accepted: from here on it is not lost.", body: acceptedSchema },
    },
    errors: ["user_not_found", "category_not_found", "template_not_found", "event_id_conflict", ...UNSENDABLE],
  },
  "POST /v1/notifications/explain": {
    id: "explainNotification",
    summary: "Ask what would become of a request",
    description: "By the same rules and with the same refusals. Nothing is sent and nothing is stored.",
    scopes: SEND_SCOPES,
    body: {
      schema: notificationBodySchema,
      example: {
        to: { userId: "u1" },
        category: "orders",
        template: "order_shipped",
        data: { item_name: "Blue kettle" },
        channels: ["sms"],
      },
    },
    answers: { 200: { description: "What would become of it now.", body: explanationSchema } },
    errors: ["user_not_found", "category_not_found", "template_not_found", ...UNSENDABLE],
  },
  "GET /v1/notifications": {
    id: "listNotifications",
    summary: "List notifications",
    description: "The client's own, newest first. One is listed once it is admitted, a moment after the `202`.",
    scopes: ["read"],
    query: listQuerySchema,
    answers: { 200: { description: "A page of them.", body: pageSchema(notificationSchema) } },
  },
  "GET /v1/notifications/:id": {
    id: "getNotification",
    summary: "Show a notification and its deliveries",
    scopes: ["read"],
    path: pathSchema,
    answers: { 200: { description: "The notification.", body: notificationSchema } },
    errors: ["not_found"],
  },
  "GET /v1/notifications/:id/timeline": {
    id: "getTimeline",
    summary: "Show every step of a notification",
    scopes: ["read"],
    path: pathSchema,
    answers: { 200: { description: "The steps, in order.", body: timelineSchema } },
    errors: ["not_found"],
  },
  "PATCH /v1/notifications/:id": {
    id: "rescheduleNotification",
    summary: "Move a notification that waits to another time",
    description:
      "Earlier or later; everything is decided again then. `503` where it was accepted and no worker has admitted it yet: ask again.",
    scopes: SEND_SCOPES,
    path: pathSchema,
    body: { schema: rescheduleBodySchema, example: { sendAt: "2027-01-31T09:00:00+01:00" } },
    answers: { 200: { description: "The notification, with its new time.", body: notificationSchema } },
    errors: ["not_found", "too_late", "send_at_in_past"],
  },
  "POST /v1/notifications/:id/cancel": {
    id: "cancelNotification",
    summary: "Cancel a notification",
    description: "No body. `503` where it was accepted and no worker has admitted it yet: ask again.",
    scopes: SEND_SCOPES,
    path: pathSchema,
    answers: { 200: { description: "What the cancel could still do.", body: cancelResultSchema } },
    errors: ["not_found"],
  },
} as const satisfies Operations;

/** `/v1/notifications`: send, explain, look up, move, cancel. A client sees its own notifications only; others' ids are a 404. */
export function notificationRoutes(deps: NotificationRouteDependencies): Router {
  const router = Router();
  const sends = requireScope(...SEND_SCOPES);

  router.post("/v1/notifications", sends, jsonBody(), async (request, response) => {
    const { clientId, scopes } = callerOf(response);
    const body = parse(notificationBodySchema, request.body);
    const { key, replayed, status, workflowId } = await acceptNotification(deps, {
      key: { clientId, eventId: body.eventId ?? idempotencyKeyOf(request) },
      body,
      received: request.body,
      maySendAnything: grants(scopes, "send"),
      maySend: maySendBy(scopes),
    });
    deps.metrics.notification(replayed ? "replayed" : "accepted");
    if (replayed) response.set("Idempotent-Replayed", "true");
    const id = encodeNotificationId(key);
    const links = linksOf(deps, id, workflowId);
    response.status(replayed ? 200 : 202).json({ id, eventId: key.eventId, status, workflowId, links });
  });

  router.post("/v1/notifications/explain", sends, jsonBody(), async (request, response) => {
    const body = parse(notificationBodySchema, request.body);
    const { clientId, scopes } = callerOf(response);
    response.json(await explainNotification(deps, { body, maySend: maySendBy(scopes) }, clientId));
  });

  router.get("/v1/notifications", requireScope("read"), async (request, response) => {
    const { clientId } = callerOf(response);
    const { user, eventId, status, limit, cursor } = parse(listQuerySchema, request.query);
    const before = decodeCursor(cursor, z.uuid());
    const rows = await deps.views.list(clientId, { userId: user, eventId, status, before, limit: limit + 1 });
    response.json(
      pageOf(
        rows,
        limit,
        ({ rowId }) => rowId,
        (view) => shown(view, clientId),
      ),
    );
  });

  router.get("/v1/notifications/:id", requireScope("read"), async (request, response) => {
    const key = ownKey(request.params.id, response);
    const view = await deps.views.find(key);
    if (view !== null) return void response.json(shown(view, key.clientId));
    const running = await runningOrNotFound(deps, key);
    // Admitted between our two looks? Then the row says more.
    const admitted = await deps.views.find(key);
    response.json(admitted === null ? accepted(running, key) : shown(admitted, key.clientId));
  });

  router.get("/v1/notifications/:id/timeline", requireScope("read"), async (request, response) => {
    const key = ownKey(request.params.id, response);
    const view = await deps.views.find(key);
    if (view !== null) return void response.json({ items: await deps.views.timeline(view.rowId) });
    const { acceptedAt } = await runningOrNotFound(deps, key);
    response.json({ items: [{ at: acceptedAt, type: "accepted", channel: null, deliveryId: null, detail: {} }] });
  });

  router.patch("/v1/notifications/:id", sends, jsonBody(), async (request, response) => {
    const key = ownKey(request.params.id, response);
    const { sendAt } = parse(rescheduleBodySchema, request.body);
    checkSendAt(deps.now(), sendAt);
    await rescheduleNotification(deps, key, sendAt);
    const view = await deps.views.find(key);
    if (view === null) throw new Error("a rescheduled notification has no row");
    response.json(shown(view, key.clientId));
  });

  router.post("/v1/notifications/:id/cancel", sends, async (request, response) => {
    response.json(await cancelNotification(deps, ownKey(request.params.id, response)));
  });

  return router;
}

function maySendBy(scopes: readonly string[]): CheckedRequest["maySend"] {
  return (groups) => groups.every(({ channels }) => channels.every((channel) => grants(scopes, `send:${channel}`)));
}

/** The header stands in for an event ID that the body leaves out. */
function idempotencyKeyOf(request: Request): string {
  const given = utf8(request.get("Idempotency-Key"));
  const key = parse(headersSchema, { "Idempotency-Key": given })["Idempotency-Key"];
  if (key !== undefined) return key;
  throw new ApiError("invalid_request", {
    detail: "Give an eventId in the body, or the header Idempotency-Key: it makes a repeat of the request safe.",
    errors: [{ field: "eventId", message: "is required" }],
  });
}

/**
 * Node reads each byte of a header as a character, but the same text must name the same event there and in a body. Bytes
 * that are no UTF-8 are Latin-1, as some HTTP libraries send it.
 */
function utf8(header: string | undefined): string | undefined {
  const bytes = Buffer.from(header ?? "", "latin1");
  return isUtf8(bytes) ? header && bytes.toString("utf8") : header;
}

/** @throws {ApiError} `not_found`, the same for an id that is none and for another client's */
function ownKey(id: unknown, response: Response): NotificationKey {
  const key = typeof id === "string" ? decodeNotificationId(id) : null;
  if (key === null || key.clientId !== callerOf(response).clientId) throw noSuch("notification");
  return key;
}

async function runningOrNotFound(
  deps: NotificationRouteDependencies,
  key: NotificationKey,
): Promise<RunningNotification> {
  const running = await describeNotification(deps.client, key);
  if (running === null) throw noSuch("notification");
  return running;
}

function linksOf(deps: NotificationRouteDependencies, id: string, workflowId: string) {
  const self = `${deps.publicUrl}/v1/notifications/${id}`;
  const temporal = deps.workflowUrl?.(workflowId);
  return { self, timeline: `${self}/timeline`, ...(temporal === undefined ? {} : { temporal }) };
}

function shown(stored: NotificationView, clientId: string): z.input<typeof notificationSchema> {
  const { rowId: _, ...view } = stored;
  return { id: encodeNotificationId({ clientId, eventId: view.eventId }), ...view };
}

/** Acknowledged, and on its way to its row. */
function accepted(running: RunningNotification, key: NotificationKey): z.input<typeof notificationSchema> {
  const { workflowId, acceptedAt: createdAt, user, category, template } = running;
  const unknown = { reason: null, scheduledFor: null, expiresAt: null, deliveries: [] };
  const known = { status: "accepted" as const, user, category, template, workflowId, createdAt };
  return { id: encodeNotificationId(key), eventId: key.eventId, ...known, ...unknown };
}
