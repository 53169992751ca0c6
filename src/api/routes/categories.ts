import { Router } from "express";
import { z } from "zod";
import type { CategoryStore, StoredCategory } from "../../database/categories.ts";
import { categoryBodySchema, categoryIdSchema, ON_LIMIT, PRIORITIES, trackingSchema } from "../../domain/category.ts";
import { CHANNEL_WORDS } from "../../domain/channel.ts";
import { formatDuration, parseDuration } from "../../domain/duration.ts";
import { GUARANTEES } from "../../domain/guarantee.ts";
import { categoryQuietHoursSchema } from "../../domain/quiet-hours.ts";
import { rateLimitSchema } from "../../domain/rate-limit.ts";
import { ApiError } from "../errors.ts";
import { actorOf, requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import type { Operations } from "../openapi/operation.ts";
import { decodeCursor, pageOf, pageQuerySchema, pageSchema } from "../pages.ts";
import { parse } from "../validation.ts";

const pathSchema = z.object({ id: categoryIdSchema.meta({ examples: ["receipts"] }) });

const categorySchema = z
  .object({
    id: z.string(),
    channels: z.array(z.enum(CHANNEL_WORDS)),
    mandatory: z.boolean(),
    guarantee: z.enum(GUARANTEES),
    priority: z.enum(PRIORITIES),
    expiresAfter: z.string().nullable(),
    limits: z.array(rateLimitSchema),
    onLimit: z.enum(ON_LIMIT),
    quietHours: categoryQuietHoursSchema,
    dedupWithin: z.string().nullable(),
    tracking: trackingSchema,
    createdAt: z.date(),
    updatedAt: z.date(),
  })
  .meta({
    id: "Category",
    examples: [
      {
        id: "receipts",
        channels: ["push", "email"],
        mandatory: false,
        guarantee: "at_least_once",
        priority: "normal",
        expiresAfter: "24h",
        limits: [{ max: 5, per: "1h" }],
        onLimit: "drop",
        quietHours: "hold",
        dedupWithin: null,
        tracking: { opens: false, clicks: false },
        createdAt: "2026-11-22T16:21:01.981Z",
        updatedAt: "2026-11-22T16:21:01.981Z",
      },
    ],
  });

export const categoryOperations = {
  "PUT /v1/categories/:id": {
    id: "putCategory",
    summary: "Create or replace a category",
    description: "What is left out takes its default.",
    scopes: ["manage"],
    path: pathSchema,
    body: {
      schema: categoryBodySchema,
      example: { channels: ["push", "email"], expiresAfter: "24h", limits: [{ max: 5, per: "1h" }] },
    },
    answers: {
      200: { description: "Replaced.", body: categorySchema },
      201: { description: "Created.", body: categorySchema },
    },
  },
  "GET /v1/categories/:id": {
    id: "getCategory",
    summary: "Show a category",
    scopes: ["read"],
    path: pathSchema,
    answers: { 200: { description: "The category.", body: categorySchema } },
    errors: ["category_not_found"],
  },
  "GET /v1/categories": {
    id: "listCategories",
    summary: "List the categories",
    description: "By id.",
    scopes: ["read"],
    query: pageQuerySchema,
    answers: { 200: { description: "A page of them.", body: pageSchema(categorySchema) } },
  },
} as const satisfies Operations;

export type CategoryRouteDependencies = { categories: CategoryStore };

/** Kinds of notification, shared by every client of the installation. */
export function categoryRoutes({ categories }: CategoryRouteDependencies): Router {
  const router = Router();
  const category = router.route("/v1/categories/:id");

  category.put(requireScope("manage"), jsonBody(), async (request, response) => {
    const { id } = parse(pathSchema, request.params);
    const { expiresAfter, dedupWithin, ...fields } = parse(categoryBodySchema, request.body);
    const expiresAfterMs = expiresAfter === null ? null : parseDuration(expiresAfter);
    const dedupWithinMs = dedupWithin === null ? null : parseDuration(dedupWithin);
    const { value, created } = await categories.put(
      id,
      { ...fields, expiresAfterMs, dedupWithinMs },
      actorOf(response),
    );
    response.status(created ? 201 : 200).json(viewOf(value));
  });

  category.get(requireScope("read"), async (request, response) => {
    const { id } = parse(pathSchema, request.params);
    const found = await categories.get(id);
    if (found === null) throw new ApiError("category_not_found");
    response.json(viewOf(found));
  });

  router.get("/v1/categories", requireScope("read"), async (request, response) => {
    const { limit, cursor } = parse(pageQuerySchema, request.query);
    const rows = await categories.list({ after: decodeCursor(cursor, categoryIdSchema), limit: limit + 1 });
    response.json(pageOf(rows, limit, ({ id }) => id, viewOf));
  });

  return router;
}

function viewOf({ expiresAfterMs, dedupWithinMs, ...stored }: StoredCategory): z.input<typeof categorySchema> {
  const { id, channels, mandatory, guarantee, priority, limits, onLimit, quietHours, tracking } = stored;
  const { createdAt, updatedAt } = stored;
  const expiresAfter = expiresAfterMs === null ? null : formatDuration(expiresAfterMs);
  const dedupWithin = dedupWithinMs === null ? null : formatDuration(dedupWithinMs);
  const rules = { mandatory, guarantee, priority, expiresAfter, limits, onLimit, quietHours, dedupWithin, tracking };
  return { id, channels, ...rules, createdAt, updatedAt };
}
