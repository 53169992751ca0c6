import { Router } from "express";
import { z } from "zod";
import type { SettingsStore } from "../../database/settings.ts";
import { quietHoursSchema } from "../../domain/quiet-hours.ts";
import { rateLimitsSchema } from "../../domain/rate-limit.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { parse } from "../validation.ts";

export type SettingsRouteDependencies = { settings: SettingsStore };

/** What PUT takes: all of them; what is left out takes its default. */
const settingsBodySchema = z.strictObject({
  /** Of all notifications to one user, whatever their categories. */
  limits: rateLimitsSchema.default([]),
  /** Of users who have none of their own. */
  quietHours: quietHoursSchema.nullish().transform((hours) => hours ?? null),
});

/** `/v1/settings`: what holds for everybody. */
export function settingsRoutes({ settings }: SettingsRouteDependencies): Router {
  const router = Router();

  router.get("/v1/settings", requireScope("read"), async (_request, response) => {
    response.json(await settings.get());
  });

  router.put("/v1/settings", requireScope("manage"), jsonBody(), async (request, response) => {
    const body = parse(settingsBodySchema, request.body);
    await settings.put(body);
    response.json(body);
  });

  return router;
}
