import { Router } from "express";
import { z } from "zod";
import type { StoredSuppression, SuppressionStore } from "../../database/suppressions.ts";
import { CHANNELS } from "../../domain/channel.ts";
import {
  namedAddressSchema,
  removalReasonSchema,
  suppressionBodySchema,
  suppressionIdSchema,
  suppressionRemovalSchema,
} from "../../domain/suppression.ts";
import { invalidField } from "../errors.ts";
import { actorOf, requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import type { Operations } from "../openapi/operation.ts";
import { decodeCursor, pageOf, pageQuerySchema, pageSchema } from "../pages.ts";
import { parse } from "../validation.ts";

const pathSchema = z.object({ id: suppressionIdSchema });

const removalQuerySchema = z.strictObject({ reason: removalReasonSchema });

const listQuerySchema = pageQuerySchema.extend({
  channel: z.enum(CHANNELS).optional(),
  address: z.string().optional().meta({ description: "Only this one, in any spelling; needs `channel`" }),
});

export const suppressionSchema = z
  .object({
    id: suppressionIdSchema,
    channel: z.enum(CHANNELS),
    address: z.string().nullable().meta({ description: "Null unless a contact has it: only a hash is kept" }),
    reason: z.string(),
    source: z.string(),
    createdAt: z.date(),
  })
  .meta({
    id: "Suppression",
    examples: [
      {
        id: "sup_email_5TRsyhrOFvWqPl4CJ-7b5eW2P_y0ql4lVbV4gIbWmQs",
        channel: "email",
        address: "jun@sandbox.test",
        reason: "complained",
        source: "support-desk",
        createdAt: "2026-11-22T16:21:01.968Z",
      },
    ],
  });

const ADDRESS = { channel: "email", address: "jun@sandbox.test" };

export const suppressionOperations = {
  "PUT /v1/suppressions": {
    id: "putSuppression",
    summary: "Suppress an address",
    description: "Nothing is sent to it from here on, mandatory categories included. Again replaces reason and source.",
    scopes: ["manage"],
    body: {
      schema: suppressionBodySchema,
      example: { ...ADDRESS, reason: "complained", source: "support-desk" },
    },
    answers: {
      200: { description: "It was suppressed before.", body: suppressionSchema },
      201: { description: "Suppressed.", body: suppressionSchema },
    },
  },
  "GET /v1/suppressions": {
    id: "listSuppressions",
    summary: "List suppressed addresses, or ask for one",
    description: "Newest first. With `address` the list has one entry where that is suppressed, else none.",
    scopes: ["read"],
    query: listQuerySchema,
    answers: { 200: { description: "A page of them.", body: pageSchema(suppressionSchema) } },
  },
  "DELETE /v1/suppressions": {
    id: "deleteSuppression",
    summary: "Let an address be sent to again",
    scopes: ["manage"],
    body: { schema: suppressionRemovalSchema, example: { ...ADDRESS, reason: "owner-asked" } },
    answers: { 204: { description: "It is not suppressed any more." } },
  },
  "DELETE /v1/suppressions/:id": {
    id: "deleteSuppressionById",
    summary: "Let an address of the list be sent to again",
    scopes: ["manage"],
    path: pathSchema,
    query: removalQuerySchema,
    answers: { 204: { description: "It is not suppressed any more." } },
  },
} as const satisfies Operations;

export type SuppressionRouteDependencies = { suppressions: SuppressionStore };

/** Addresses that must not be sent to, whoever has them. */
export function suppressionRoutes({ suppressions }: SuppressionRouteDependencies): Router {
  const router = Router();
  const all = router.route("/v1/suppressions");

  all.put(requireScope("manage"), jsonBody(), async (request, response) => {
    const { channel, address, reason, source } = parse(suppressionBodySchema, request.body);
    const { value, created } = await suppressions.put({ channel, address }, { reason, source }, actorOf(response));
    response.status(created ? 201 : 200).json(viewOfSuppression(value));
  });

  all.get(requireScope("read"), async (request, response) => {
    const { channel, address, limit, cursor } = parse(listQuerySchema, request.query);
    if (address !== undefined) {
      if (channel === undefined) throw invalidField("channel", "is required to ask for an address");
      const found = await suppressions.find(parse(namedAddressSchema, { channel, address }));
      response.json({ items: found === null ? [] : [viewOfSuppression(found)], nextCursor: null });
      return;
    }
    const after = decodeCursor(cursor, cursorSchema);
    const rows = await suppressions.list({
      channel: channel ?? null,
      after: after === null ? null : positionIn(after),
      limit: limit + 1,
    });
    response.json(pageOf(rows, limit, cursorOf, viewOfSuppression));
  });

  // In a body, since URLs end up in the logs of every proxy.
  all.delete(requireScope("manage"), jsonBody(), async (request, response) => {
    const { reason, ...named } = parse(suppressionRemovalSchema, request.body);
    await suppressions.remove(named, reason ?? null, actorOf(response));
    response.status(204).end();
  });

  router.delete("/v1/suppressions/:id", requireScope("manage"), async (request, response) => {
    const { id } = parse(pathSchema, request.params);
    const { reason } = parse(removalQuerySchema, request.query);
    await suppressions.removeById(id, reason ?? null, actorOf(response));
    response.status(204).end();
  });

  return router;
}

export function viewOfSuppression(suppression: StoredSuppression): z.input<typeof suppressionSchema> {
  const { id, channel, address, reason, source, createdAt } = suppression;
  return { id, channel, address, reason, source, createdAt };
}

/** Several may be of the same millisecond, so a place in the list is the time and the id. */
const cursorOf = ({ createdAt, id }: StoredSuppression) => `${createdAt.getTime()} ${id}`;

const cursorSchema = z.string().refine((cursor) => {
  const [time = "", id] = cursor.split(" ");
  return /^\d{1,14}$/.test(time) && suppressionIdSchema.safeParse(id).success;
});

function positionIn(cursor: string): { createdAt: Date; id: string } {
  const [time, id = ""] = cursor.split(" ");
  return { createdAt: new Date(Number(time)), id };
}
