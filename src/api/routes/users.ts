import { Router } from "express";
import { z } from "zod";
import type { StoredUser, UserStore } from "../../database/users.ts";
import { userBodySchema, userIdSchema } from "../../domain/user.ts";
import { ApiError } from "../errors.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { isKnownTimezone } from "../timezone.ts";
import { parse } from "../validation.ts";

const pathSchema = z.object({ userId: userIdSchema });

export type UserRouteDependencies = { users: UserStore };

/** Recipients. They belong to the installation: every client reaches the same ones. */
export function userRoutes({ users }: UserRouteDependencies): Router {
  const router = Router();
  const user = router.route("/v1/users/:userId");

  user.put(requireScope("manage"), jsonBody(), async (request, response) => {
    const { userId } = parse(pathSchema, request.params);
    const body = parse(userBodySchema, request.body);
    if (body.timezone !== null && !isKnownTimezone(body.timezone)) {
      const message = "must be a name of the IANA database, such as Asia/Seoul";
      throw new ApiError("invalid_timezone", { errors: [{ field: "timezone", message }] });
    }
    const { value, created } = await users.put(userId, body);
    response.status(created ? 201 : 200).json(viewOf(value));
  });

  user.get(requireScope("read"), async (request, response) => {
    const { userId } = parse(pathSchema, request.params);
    const found = await users.get(userId);
    if (found === null) throw new ApiError("user_not_found");
    response.json(viewOf(found));
  });

  // Also 204 where there is no such user: whoever repeats a deletion wants it gone.
  user.delete(requireScope("manage"), async (request, response) => {
    const { userId } = parse(pathSchema, request.params);
    await users.delete(userId);
    response.status(204).end();
  });

  return router;
}

function viewOf({ id, locale, timezone, attributes, createdAt, updatedAt }: StoredUser) {
  return { id, locale, timezone, attributes, createdAt, updatedAt };
}
