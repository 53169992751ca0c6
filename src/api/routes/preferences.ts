import { Router } from "express";
import { z } from "zod";
import type { PreferencesStore, StoredPreferences } from "../../database/preferences.ts";
import { preferencesBodySchema } from "../../domain/preferences.ts";
import { userIdSchema } from "../../domain/user.ts";
import { ApiError } from "../errors.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { parse } from "../validation.ts";

const pathSchema = z.object({ userId: userIdSchema });

export type PreferencesRouteDependencies = { preferences: PreferencesStore };

/** What a user wants to get, and when not to be disturbed. */
export function preferencesRoutes({ preferences }: PreferencesRouteDependencies): Router {
  const router = Router();
  const route = router.route("/v1/users/:userId/preferences");

  route.put(requireScope("manage"), jsonBody(), async (request, response) => {
    const { userId } = parse(pathSchema, request.params);
    const stored = await preferences.put(userId, parse(preferencesBodySchema, request.body));
    if (stored === null) throw new ApiError("user_not_found");
    response.status(stored.created ? 201 : 200).json(viewOf(stored.value));
  });

  // A user who never chose has the defaults.
  route.get(requireScope("read"), async (request, response) => {
    const { userId } = parse(pathSchema, request.params);
    const found = await preferences.get(userId);
    if (found === null) throw new ApiError("user_not_found");
    response.json(viewOf(found));
  });

  return router;
}

function viewOf({ all, quietHours, categories, updatedAt }: StoredPreferences) {
  return { all, quietHours, categories, updatedAt };
}
