import { Router } from "express";
import { z } from "zod";
import type { StoredTopic, TopicStore } from "../../database/topics.ts";
import { topicSchema } from "../../domain/topic.ts";
import { userIdSchema } from "../../domain/user.ts";
import { ApiError } from "../errors.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import type { Operations } from "../openapi/operation.ts";
import { decodeCursor, pageOf, pageQuerySchema, pageSchema } from "../pages.ts";
import { parse } from "../validation.ts";

const listPathSchema = z.object({ userId: userIdSchema });
const topicPathSchema = z.object({ userId: userIdSchema, topic: topicSchema });
/** Nothing more is to be said about a subscription; a field is a mistake. */
const bodySchema = z.strictObject({});

export const subscriptionSchema = z
  .object({ topic: topicSchema, subscribedAt: z.date() })
  .meta({ id: "Subscription", examples: [{ topic: "news.weekly", subscribedAt: "2026-11-22T16:21:01.968Z" }] });

export const topicOperations = {
  "PUT /v1/users/:userId/topics/:topic": {
    id: "subscribe",
    summary: "Subscribe a user to a topic",
    description: "A topic exists as long as somebody is subscribed to it. A user has at most 1,000.",
    scopes: ["manage"],
    path: topicPathSchema,
    body: { schema: bodySchema, example: {}, optional: true },
    answers: {
      200: { description: "The user was subscribed before.", body: subscriptionSchema },
      201: { description: "Subscribed.", body: subscriptionSchema },
    },
    errors: ["user_not_found", "limit_reached"],
  },
  "GET /v1/users/:userId/topics": {
    id: "listTopics",
    summary: "List the topics that a user is subscribed to",
    description: "By name.",
    scopes: ["read"],
    path: listPathSchema,
    query: pageQuerySchema,
    answers: { 200: { description: "A page of them.", body: pageSchema(subscriptionSchema) } },
    errors: ["user_not_found"],
  },
  "DELETE /v1/users/:userId/topics/:topic": {
    id: "unsubscribe",
    summary: "End a user's subscription to a topic",
    scopes: ["manage"],
    path: topicPathSchema,
    answers: { 204: { description: "The user is no longer subscribed to it." } },
  },
} as const satisfies Operations;

export type TopicRouteDependencies = { topics: TopicStore };

/** What a user is subscribed to. */
export function topicRoutes({ topics }: TopicRouteDependencies): Router {
  const router = Router();
  const topicRoute = router.route("/v1/users/:userId/topics/:topic");

  topicRoute.put(requireScope("manage"), jsonBody({ optional: true }), async (request, response) => {
    const { userId, topic } = parse(topicPathSchema, request.params);
    parse(bodySchema, request.body);
    const stored = await topics.subscribe(userId, topic);
    if (stored === "no_user") throw new ApiError("user_not_found");
    if (stored === "too_many") throw new ApiError("limit_reached", { detail: "A user has at most 1,000 topics." });
    response.status(stored.created ? 201 : 200).json(viewOfTopic(stored.value));
  });

  topicRoute.delete(requireScope("manage"), async (request, response) => {
    const { userId, topic } = parse(topicPathSchema, request.params);
    await topics.unsubscribe(userId, topic);
    response.status(204).end();
  });

  router.get("/v1/users/:userId/topics", requireScope("read"), async (request, response) => {
    const { userId } = parse(listPathSchema, request.params);
    const { limit, cursor } = parse(pageQuerySchema, request.query);
    const rows = await topics.list(userId, { after: decodeCursor(cursor, topicSchema), limit: limit + 1 });
    if (rows === null) throw new ApiError("user_not_found");
    response.json(pageOf(rows, limit, ({ topic }) => topic, viewOfTopic));
  });

  return router;
}

export function viewOfTopic({ topic, subscribedAt }: StoredTopic): z.input<typeof subscriptionSchema> {
  return { topic, subscribedAt };
}
