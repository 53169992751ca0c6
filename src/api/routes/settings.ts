import { Router } from "express";
import { z } from "zod";
import type { SettingsStore } from "../../database/settings.ts";
import { countriesSchema } from "../../domain/country.ts";
import { quietHoursSchema } from "../../domain/quiet-hours.ts";
import { clientIdSchema } from "../../domain/notification-id.ts";
import { rateLimitsSchema } from "../../domain/rate-limit.ts";
import { MAX_CAPPED_CLIENTS, smsCapSchema } from "../../domain/sms-cap.ts";
import { actorOf, requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import type { Operations } from "../openapi/operation.ts";
import { parse } from "../validation.ts";

export type SettingsRouteDependencies = { settings: SettingsStore };

/** What PUT takes: all of them; what is left out takes its default. */
const settingsBodySchema = z.strictObject({
  limits: rateLimitsSchema
    .default([])
    .meta({ description: "Of all notifications to one user, whatever their categories" }),
  quietHours: quietHoursSchema
    .nullish()
    .transform((hours) => hours ?? null)
    .meta({ description: "Of users who have none of their own, in their own time zone" }),
  smsCountries: countriesSchema
    .nullish()
    .transform((countries) => countries ?? null)
    .meta({
      description: "Where SMS may go to, by ISO 3166-1; null: everywhere in development, nowhere in production",
    }),
  smsDailyCap: smsCapSchema
    .nullish()
    .transform((cap) => cap ?? null)
    .meta({ description: "Segments of SMS that each client may send on a day in UTC; null: any number" }),
  smsDailyCaps: z
    .record(clientIdSchema, smsCapSchema.nullable())
    .refine((caps) => Object.keys(caps).length <= MAX_CAPPED_CLIENTS, `must be at most ${MAX_CAPPED_CLIENTS}`)
    .default({})
    .meta({ description: "The same of single clients, which goes before", maxProperties: MAX_CAPPED_CLIENTS }),
});

const SETTINGS = {
  limits: [{ max: 20, per: "1d" }],
  quietHours: { from: "22:00", to: "08:00" },
  smsCountries: ["KR", "DE"],
  smsDailyCap: 10_000,
  smsDailyCaps: { shop: 50_000 },
};

const settingsSchema = z
  .object({
    limits: rateLimitsSchema,
    quietHours: quietHoursSchema.nullable(),
    smsCountries: countriesSchema.nullable(),
    smsDailyCap: smsCapSchema.nullable(),
    smsDailyCaps: z.record(z.string(), smsCapSchema.nullable()),
  })
  .meta({ id: "Settings", examples: [SETTINGS] });

export const settingsOperations = {
  "GET /v1/settings": {
    id: "getSettings",
    summary: "Show the settings",
    scopes: ["read"],
    answers: { 200: { description: "What holds for everybody.", body: settingsSchema } },
  },
  "PUT /v1/settings": {
    id: "putSettings",
    summary: "Replace the settings",
    description: "What is left out takes its default.",
    scopes: ["manage"],
    body: { schema: settingsBodySchema, example: SETTINGS },
    answers: { 200: { description: "Replaced.", body: settingsSchema } },
  },
} as const satisfies Operations;

/** `/v1/settings`: what holds for everybody. */
export function settingsRoutes({ settings }: SettingsRouteDependencies): Router {
  const router = Router();

  router.get("/v1/settings", requireScope("read"), async (_request, response) => {
    response.json(await settings.get());
  });

  router.put("/v1/settings", requireScope("manage"), jsonBody(), async (request, response) => {
    const body = parse(settingsBodySchema, request.body);
    await settings.put(body, actorOf(response));
    response.json(body);
  });

  return router;
}
