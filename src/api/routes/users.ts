import { Router } from "express";
import { z } from "zod";
import type { StoredUser, UserStore } from "../../database/users.ts";
import { userBodySchema, userIdSchema } from "../../domain/user.ts";
import { ApiError } from "../errors.ts";
import { actorOf, requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import type { Operations } from "../openapi/operation.ts";
import { isKnownTimezone } from "../timezone.ts";
import { parse } from "../validation.ts";

const pathSchema = z.object({ userId: userIdSchema });

export const userSchema = z
  .object({
    id: z.string(),
    locale: z.string().nullable(),
    timezone: z.string().nullable(),
    attributes: z.record(z.string(), z.unknown()),
    createdAt: z.date(),
    updatedAt: z.date(),
  })
  .meta({
    id: "User",
    examples: [
      {
        id: "u1",
        locale: "ko-KR",
        timezone: "Asia/Seoul",
        attributes: { first_name: "Jun" },
        createdAt: "2026-11-22T16:21:01.894Z",
        updatedAt: "2026-11-22T16:21:01.894Z",
      },
    ],
  });

export const userOperations = {
  "PUT /v1/users/:userId": {
    id: "putUser",
    summary: "Create or replace a user",
    description: "What is left out is cleared.",
    scopes: ["manage"],
    path: pathSchema,
    body: {
      schema: userBodySchema,
      example: { locale: "ko-KR", timezone: "Asia/Seoul", attributes: { first_name: "Jun" } },
    },
    answers: {
      200: { description: "Replaced.", body: userSchema },
      201: { description: "Created.", body: userSchema },
    },
    errors: ["invalid_timezone"],
  },
  "GET /v1/users/:userId": {
    id: "getUser",
    summary: "Show a user",
    scopes: ["read"],
    path: pathSchema,
    answers: { 200: { description: "The user.", body: userSchema } },
    errors: ["user_not_found"],
  },
  "DELETE /v1/users/:userId": {
    id: "deleteUser",
    summary: "Erase a user",
    description:
      "With attributes, contacts, preferences and topics, and the variables of notifications to them. What is still to be sent to them is not. Past notifications stay, with the user ID, and suppressions as hashes.",
    scopes: ["manage"],
    path: pathSchema,
    answers: { 204: { description: "The user no longer exists." } },
  },
} as const satisfies Operations;

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
    response.status(created ? 201 : 200).json(viewOfUser(value));
  });

  user.get(requireScope("read"), async (request, response) => {
    const { userId } = parse(pathSchema, request.params);
    const found = await users.get(userId);
    if (found === null) throw new ApiError("user_not_found");
    response.json(viewOfUser(found));
  });

  // Also 204 where there is no such user: whoever repeats a deletion wants it gone.
  user.delete(requireScope("manage"), async (request, response) => {
    const { userId } = parse(pathSchema, request.params);
    await users.delete(userId, actorOf(response));
    response.status(204).end();
  });

  return router;
}

export function viewOfUser(user: StoredUser): z.input<typeof userSchema> {
  const { id, locale, timezone, attributes, createdAt, updatedAt } = user;
  return { id, locale, timezone, attributes, createdAt, updatedAt };
}
