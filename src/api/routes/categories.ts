import { Router } from "express";
import { z } from "zod";
import type { CategoryStore, StoredCategory } from "../../database/categories.ts";
import { categoryBodySchema, categoryIdSchema } from "../../domain/category.ts";
import { formatDuration, parseDuration } from "../../domain/duration.ts";
import { ApiError } from "../errors.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { decodeCursor, pageOf, pageQuerySchema } from "../pages.ts";
import { parse } from "../validation.ts";

const pathSchema = z.object({ id: categoryIdSchema });

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
    const { value, created } = await categories.put(id, { ...fields, expiresAfterMs, dedupWithinMs });
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

function viewOf({ expiresAfterMs, dedupWithinMs, ...stored }: StoredCategory) {
  const { id, channels, mandatory, guarantee, priority, limits, onLimit, quietHours, createdAt, updatedAt } = stored;
  const expiresAfter = expiresAfterMs === null ? null : formatDuration(expiresAfterMs);
  const dedupWithin = dedupWithinMs === null ? null : formatDuration(dedupWithinMs);
  const rules = { mandatory, guarantee, priority, expiresAfter, limits, onLimit, quietHours, dedupWithin };
  return { id, channels, ...rules, createdAt, updatedAt };
}
