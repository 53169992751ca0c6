import { Router } from "express";
import { z } from "zod";
import type { EngagementKind } from "../../observability/api-metrics.ts";
import { ApiError } from "../errors.ts";
import type { Operations } from "../openapi/operation.ts";
import { createReaderRecords, type RecordDependencies } from "../record-engagement.ts";
import { deadLinkPage, UNSUBSCRIBE_POLICY } from "../unsubscribe-page.ts";

const pathSchema = z.object({ token: z.string().meta({ description: "From the mail" }) });

export const engagementOperations = {
  "GET /o/:token": {
    id: "loadPixel",
    summary: "Record that a mail was opened",
    description: "An image of one transparent pixel, for mail programs. The first time, its delivery becomes `opened`.",
    scopes: [],
    path: pathSchema,
    answers: {
      200: {
        description: "The image, even where the open could not be stored.",
        body: z.string(),
        contentType: "image/gif",
      },
    },
    errors: ["not_found"],
  },
  "GET /c/:token": {
    id: "followLink",
    summary: "Record a click, and redirect to the target of the link",
    description:
      "For readers of mails. The first time, its delivery becomes `clicked`. Where it leads is signed: no token that was not made for a link of a mail leads anywhere.",
    scopes: [],
    path: pathSchema,
    answers: {
      302: {
        description: "A redirect to it, even where the click could not be stored.",
        headers: { Location: "What the mail linked to" },
      },
      404: { description: "The token is not valid: a page that says so.", body: z.string(), contentType: "text/html" },
    },
  },
} as const satisfies Operations;

export type EngagementRouteDependencies = RecordDependencies & {
  engagementTokens: {
    readOpen: (token: string) => string | null;
    readClick: (token: string) => { attemptId: string; url: string } | null;
  };
};

/** The smallest there is: 1×1, transparent. */
const PIXEL = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

/** `/o/:token` and `/c/:token`, by readers and their mail programs. A HEAD request asks what is there, and tells nothing. */
export function engagementRoutes(deps: EngagementRouteDependencies): Router {
  const router = Router();
  const record = createReaderRecords(deps);

  router.get("/o/:token", async ({ params, method }, response) => {
    const attemptId = deps.engagementTokens.readOpen(params.token);
    if (attemptId === null) {
      deps.metrics.engagement("open", "forged");
      throw new ApiError("not_found");
    }
    await noteUnless(method === "HEAD", "open", attemptId);
    // It stands in pages of other sites: those of webmail.
    response.set("Cross-Origin-Resource-Policy", "cross-origin").type("gif").send(PIXEL);
  });

  router.get("/c/:token", async ({ params, method }, response) => {
    const click = deps.engagementTokens.readClick(params.token);
    if (click === null) {
      deps.metrics.engagement("click", "forged");
      response.status(404).set("Content-Security-Policy", UNSUBSCRIBE_POLICY).type("html").send(deadLinkPage());
      return;
    }
    await noteUnless(method === "HEAD", "click", click.attemptId);
    // As it was signed: Express would encode it anew.
    response.status(302).set("Location", click.url).end();
  });

  return router;

  async function noteUnless(onlyAsked: boolean, kind: EngagementKind, attemptId: string): Promise<void> {
    if (!onlyAsked) await record(kind, attemptId);
  }
}
