import { Router } from "express";
import { z } from "zod";
import type { PreferencesStore, StoredPreferences } from "../../database/preferences.ts";
import { CHANNEL_WORDS } from "../../domain/channel.ts";
import { preferencesBodySchema } from "../../domain/preferences.ts";
import { quietHoursSchema } from "../../domain/quiet-hours.ts";
import { userIdSchema } from "../../domain/user.ts";
import { ApiError } from "../errors.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import type { Operations } from "../openapi/operation.ts";
import { parse } from "../validation.ts";

const pathSchema = z.object({ userId: userIdSchema });

export const preferencesSchema = z
  .object({
    all: z.boolean(),
    quietHours: quietHoursSchema.nullable(),
    categories: z.record(z.string(), z.partialRecord(z.enum(CHANNEL_WORDS), z.boolean())),
    updatedAt: z.date().nullable().meta({ description: "Null: the user never chose" }),
  })
  .meta({
    id: "Preferences",
    examples: [
      {
        all: true,
        quietHours: { from: "22:00", to: "08:00" },
        categories: { marketing: { email: false, push: false } },
        updatedAt: "2026-11-22T16:21:01.968Z",
      },
    ],
  });

export const preferencesOperations = {
  "PUT /v1/users/:userId/preferences": {
    id: "putPreferences",
    summary: "Replace a user's preferences",
    description: "What is left out takes its default.",
    scopes: ["manage"],
    path: pathSchema,
    body: {
      schema: preferencesBodySchema,
      example: {
        all: true,
        quietHours: { from: "22:00", to: "08:00" },
        categories: { marketing: { email: false, push: false } },
      },
    },
    answers: {
      200: { description: "Replaced.", body: preferencesSchema },
      201: { description: "Stored for the first time.", body: preferencesSchema },
    },
    errors: ["user_not_found"],
  },
  "GET /v1/users/:userId/preferences": {
    id: "getPreferences",
    summary: "Show a user's preferences",
    description: "A user who never chose has the defaults.",
    scopes: ["read"],
    path: pathSchema,
    answers: { 200: { description: "The preferences.", body: preferencesSchema } },
    errors: ["user_not_found"],
  },
} as const satisfies Operations;

export type PreferencesRouteDependencies = { preferences: PreferencesStore };

/** What a user wants to get, and when not to be disturbed. */
export function preferencesRoutes({ preferences }: PreferencesRouteDependencies): Router {
  const router = Router();
  const route = router.route("/v1/users/:userId/preferences");

  route.put(requireScope("manage"), jsonBody(), async (request, response) => {
    const { userId } = parse(pathSchema, request.params);
    const stored = await preferences.put(userId, parse(preferencesBodySchema, request.body));
    if (stored === null) throw new ApiError("user_not_found");
    response.status(stored.created ? 201 : 200).json(viewOfPreferences(stored.value));
  });

  // A user who never chose has the defaults.
  route.get(requireScope("read"), async (request, response) => {
    const { userId } = parse(pathSchema, request.params);
    const found = await preferences.get(userId);
    if (found === null) throw new ApiError("user_not_found");
    response.json(viewOfPreferences(found));
  });

  return router;
}

export function viewOfPreferences(preferences: StoredPreferences): z.input<typeof preferencesSchema> {
  const { all, quietHours, categories, updatedAt } = preferences;
  return { all, quietHours, categories, updatedAt };
}
