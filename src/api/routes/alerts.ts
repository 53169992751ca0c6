import { Router } from "express";
import { z } from "zod";
import type { Alerts } from "../../database/alerts.ts";
import { ALERT_KINDS } from "../../domain/alert.ts";
import { requireScope } from "../middleware/authenticate.ts";
import type { Operations } from "../openapi/operation.ts";
import { decodeTimedCursor, pageOf, pageQuerySchema, pageSchema, timedKey } from "../pages.ts";
import { parse } from "../validation.ts";

const listQuerySchema = pageQuerySchema.extend({
  kind: z.enum(ALERT_KINDS).optional(),
  open: z
    .stringbool()
    .optional()
    .meta({ description: "Only those that are open (`true`), or only those that are over (`false`)" }),
});

const alertSchema = z
  .object({
    id: z.uuid(),
    kind: z.enum(ALERT_KINDS),
    subject: z.string().meta({ description: "What it is about: a provider, a client, the service" }),
    detail: z.record(z.string(), z.unknown()).meta({ description: "Codes and numbers of the last occurrence" }),
    count: z.number().int(),
    firstSeen: z.date(),
    lastSeen: z.date(),
    notifiedAt: z.date().nullable().meta({ description: "When the webhook was last called" }),
    recoveredAt: z.date().nullable().meta({ description: "Null while it lasts" }),
  })
  .meta({
    id: "Alert",
    examples: [
      {
        id: "01a2040f-91d1-754c-bb42-e27e527bdf3f",
        kind: "provider_needs_mending",
        subject: "sendgrid",
        detail: { channel: "email", code: "401" },
        count: 1312,
        firstSeen: "2026-11-22T16:20:58.734Z",
        lastSeen: "2026-11-22T17:41:02.118Z",
        notifiedAt: "2026-11-22T17:21:01.968Z",
        recoveredAt: null,
      },
    ],
  });

export const alertOperations = {
  "GET /v1/alerts": {
    id: "listAlerts",
    summary: "List what operators should know",
    description: "One entry for as long as a problem lasts, the most recently seen first. For the whole installation.",
    scopes: ["admin"],
    query: listQuerySchema,
    answers: { 200: { description: "A page of them.", body: pageSchema(alertSchema) } },
  },
} as const satisfies Operations;

export type AlertRouteDependencies = { alerts: Alerts };

/** What an operator should know: also where no webhook is there to tell it. */
export function alertRoutes({ alerts }: AlertRouteDependencies): Router {
  const router = Router();

  router.get("/v1/alerts", requireScope("admin"), async (request, response) => {
    const { limit, cursor, kind, open } = parse(listQuerySchema, request.query);
    const position = decodeTimedCursor(cursor);
    const before = position === null ? null : { lastSeen: position.at, id: position.id };
    const filter = { kind: kind ?? null, open: open ?? null };
    const rows = await alerts.list(filter, { before, limit: limit + 1 });
    response.json(
      pageOf(
        rows,
        limit,
        ({ lastSeen, id }) => timedKey({ at: lastSeen, id }),
        (row): z.input<typeof alertSchema> => row,
      ),
    );
  });

  return router;
}
