import { Router } from "express";
import { z } from "zod";
import type { EngagementKind } from "../../observability/api-metrics.ts";
import { ApiError } from "../errors.ts";
import { jsonBody } from "../middleware/json-body.ts";
import type { Operations } from "../openapi/operation.ts";
import { recordEngagement, type RecordDependencies } from "../record-engagement.ts";
import { parse } from "../validation.ts";

const pathSchema = z.object({
  id: z.string().meta({
    description: "`notificationId` of the push",
    examples: ["ntf_ZGVtbzpvcmRlci0xMDAxLXNoaXBwZWQ"],
  }),
});
const bodySchema = z.strictObject({
  token: z.string().min(1).max(200).meta({ description: "`notificationToken` of the push" }),
});

const report = (id: string, summary: string, description: string) =>
  ({
    id,
    summary,
    description: `${description} By the app, without a key: the token that came with the push is the proof. Repeatable.`,
    scopes: [],
    path: pathSchema,
    body: { schema: bodySchema, example: { token: "tCyF0a9hXk2Zp6m1Qw3r7wGiBA-SKHfKjENGkb0s1dY" } },
    answers: { 204: { description: "Recorded." } },
    errors: ["not_found", "unavailable"],
  }) as const;

export const pushReportOperations = {
  "POST /v1/notifications/:id/acknowledge": report(
    "acknowledgePush",
    "Tell that a push has arrived",
    "Its delivery becomes `delivered`.",
  ),
  "POST /v1/notifications/:id/opened": report(
    "reportOpenedPush",
    "Tell that a push was opened",
    "Its delivery becomes `opened`.",
  ),
} as const satisfies Operations;

export type PushReportRouteDependencies = Omit<RecordDependencies, "log"> & {
  engagementTokens: { readPush: (token: string, notificationId: string) => string | null };
};

/** A token and little around it. */
const MAX_BYTES = 4 * 1024;

/** What apps tell of the pushes that they got. Mounted before authentication: a key has no place in an app. */
export function pushReportRoutes(deps: PushReportRouteDependencies): Router {
  const router = Router();
  const reports: [path: string, kind: EngagementKind][] = [
    ["/v1/notifications/:id/acknowledge", "push_acknowledged"],
    ["/v1/notifications/:id/opened", "push_opened"],
  ];
  for (const [path, kind] of reports) {
    router.post(path, jsonBody({ maxBytes: MAX_BYTES }), async (request, response) => {
      const { token } = parse(bodySchema, request.body);
      const attemptId = deps.engagementTokens.readPush(token, String(request.params["id"]));
      if (attemptId === null) {
        deps.metrics.engagement(kind, "forged");
        // The same for a notification that is none: a token says nothing of others than its own.
        throw new ApiError("not_found", { detail: "The token does not belong to a push of this notification." });
      }
      await recordEngagement(deps, kind, attemptId);
      response.status(204).end();
    });
  }
  return router;
}
