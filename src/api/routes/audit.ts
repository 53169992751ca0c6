import { Router } from "express";
import { z } from "zod";
import type { AuditEvent, AuditEvents } from "../../database/audit-events.ts";
import { AUDIT_ACTIONS } from "../../domain/audit.ts";
import { instantSchema } from "../../domain/notification-body.ts";
import { clientIdSchema } from "../../domain/notification-id.ts";
import { requireScope } from "../middleware/authenticate.ts";
import type { Operations } from "../openapi/operation.ts";
import { decodeCursor, pageOf, pageQuerySchema, pageSchema } from "../pages.ts";
import { parse } from "../validation.ts";

const listQuerySchema = pageQuerySchema.extend({
  action: z.enum(AUDIT_ACTIONS).optional(),
  subject: z
    .string()
    .max(300)
    .regex(/^[a-z_]+(:[ -~\u00a0-\uffff]+)?$/, "must be a type, or a type and an id with a colon in between")
    .optional()
    .meta({ description: "A type, such as `provider`, or one of it, such as `provider:smtp`" }),
  actor: z
    .string()
    .max(300)
    .regex(/^[ -~\u00a0-\uffff]+$/, "must not contain control characters")
    .optional()
    .meta({ description: "As events name it, such as `key:01a2040f-9e20-74cb-8bd9-3f64defd24df`" }),
  client: clientIdSchema.optional().meta({ description: "Whose key it was" }),
  from: instantSchema.optional().meta({ description: "At this time or later" }),
  to: instantSchema.optional().meta({ description: "Before this time" }),
});

const auditEventSchema = z
  .object({
    id: z.uuid(),
    at: z.date(),
    client: z.string().nullable().meta({ description: "Whose key it was; null where it was none" }),
    actor: z
      .string()
      .meta({ description: "`key:<id>`, `link:<kind>`, `provider:<id>` or `database:<role>/<program>`" }),
    action: z.enum(AUDIT_ACTIONS),
    subject: z.object({ type: z.string(), id: z.string() }),
    detail: z.record(z.string(), z.unknown()).meta({ description: "What changed, `before` and `after`" }),
  })
  .meta({
    id: "AuditEvent",
    examples: [
      {
        id: "5b0c1a3e-6c43-4d0e-9d54-0d8a3c3b6f11",
        at: "2026-11-22T16:21:02.118Z",
        client: "demo",
        actor: "key:01a2040f-9e20-74cb-8bd9-3f64defd24df",
        action: "channel.changed",
        subject: { type: "channel", id: "email" },
        detail: { before: { paused: false }, after: { paused: true } },
      },
    ],
  });

export const auditOperations = {
  "GET /v1/audit": {
    id: "listAuditEvents",
    summary: "List who changed what",
    description: "Newest first, of the whole installation, whichever client's keys were used.",
    scopes: ["admin"],
    query: listQuerySchema,
    answers: { 200: { description: "A page of it.", body: pageSchema(auditEventSchema) } },
  },
} as const satisfies Operations;

export type AuditRouteDependencies = { auditEvents: AuditEvents };

/** Who changed what; for administrators only, and no route changes it. */
export function auditRoutes({ auditEvents }: AuditRouteDependencies): Router {
  const router = Router();

  router.get("/v1/audit", requireScope("admin"), async (request, response) => {
    const { limit, cursor, subject, from, to, ...asked } = parse(listQuerySchema, request.query);
    const [position, id] = decodeCursor(cursor, cursorSchema)?.split(" ") ?? [];
    const before = position === undefined || id === undefined ? null : { position, id };
    const [subjectType = null, subjectId = null] = subject?.split(/:(.*)/s) ?? [];
    const filter = {
      action: asked.action ?? null,
      actor: asked.actor ?? null,
      client: asked.client ?? null,
      subjectType,
      subjectId,
      from: from === undefined ? null : new Date(from),
      to: to === undefined ? null : new Date(to),
    };
    const rows = await auditEvents.list(filter, { before, limit: limit + 1 });
    response.json(pageOf(rows, limit, (row) => `${row.position} ${row.id}`, viewOf));
  });

  return router;
}

function viewOf(stored: AuditEvent): z.input<typeof auditEventSchema> {
  const { position: _, ...event } = stored;
  return event;
}

const cursorSchema = z.string().refine((key) => {
  const [position = "", id] = key.split(" ");
  return /^\d{1,16}$/.test(position) && z.uuid().safeParse(id).success;
});
