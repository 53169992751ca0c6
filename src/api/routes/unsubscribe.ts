import express, { type Request, type Response, Router } from "express";
import { z } from "zod";
import type { Unsubscriptions } from "../../database/unsubscriptions.ts";
import type { UnsubscribeTarget } from "../../domain/unsubscribe-target.ts";
import type { Operations } from "../openapi/operation.ts";
import { deadLinkPage, erasedReaderPage, UNSUBSCRIBE_POLICY, unsubscribePage } from "../unsubscribe-page.ts";

const pathSchema = z.object({ token: z.string().meta({ description: "From the mail" }) });

const html = (description: string) => ({ description, body: z.string(), contentType: "text/html" });

export const unsubscribeOperations = {
  "GET /u/:token": {
    id: "getUnsubscribePage",
    summary: "Show what the reader of a mail gets",
    description: "A page for people, without scripts. It changes nothing: mail scanners follow links.",
    scopes: [],
    path: pathSchema,
    answers: { 200: html("The page."), 404: html("The token is none.") },
    errors: ["unavailable"],
  },
  "POST /u/:token": {
    id: "unsubscribeByLink",
    summary: "Unsubscribe with one click",
    description:
      "By mail programs (RFC 8058), with `List-Unsubscribe=One-Click`: no more mail of the category. By the page, with its `choice`. Repeatable.",
    scopes: [],
    path: pathSchema,
    body: {
      contentTypes: ["application/x-www-form-urlencoded", "multipart/form-data"],
      schema: z.looseObject({
        "List-Unsubscribe": z.literal("One-Click").optional(),
        choice: z.enum(["category:off", "category:on", "all:off", "all:on"]).optional(),
      }),
      example: { "List-Unsubscribe": "One-Click" },
    },
    answers: { 200: html("Done; the page shows how things are now."), 404: html("The token is none.") },
    errors: ["unavailable"],
  },
} as const satisfies Operations;

export type UnsubscribeRouteDependencies = {
  unsubscriptions: Unsubscriptions;
  unsubscribeTokens: { read: (token: string) => UnsubscribeTarget | null };
};

const MAX_BYTES = 4 * 1024;

/** `/u/:token`: unsubscribing, without a login. The token is the proof; it names no address. */
export function unsubscribeRoutes({ unsubscriptions, unsubscribeTokens }: UnsubscribeRouteDependencies): Router {
  const router = Router();
  const readerOf = (request: Request) => unsubscribeTokens.read(String(request.params["token"]));

  router.get("/u/:token", async (request, response) => {
    await show(response, readerOf(request));
  });

  router.post(
    "/u/:token",
    express.raw({ type: () => true, limit: MAX_BYTES, inflate: false }),
    async (request, response) => {
      const reader = readerOf(request);
      if (reader !== null) await change(reader, choiceIn(request.body));
      await show(response, reader);
    },
  );

  return router;

  async function change(reader: UnsubscribeTarget, choice: string): Promise<void> {
    const on = choice.endsWith(":on");
    if (choice.startsWith("all:")) await unsubscriptions.setAll(reader, on);
    else await unsubscriptions.setCategory(reader, on);
  }

  async function show(response: Response, reader: UnsubscribeTarget | null): Promise<void> {
    response.set("Content-Security-Policy", UNSUBSCRIBE_POLICY).type("html");
    if (reader === null) {
      response.status(404).send(deadLinkPage());
      return;
    }
    const choice = await unsubscriptions.choiceOf(reader);
    response.send(
      choice === null
        ? erasedReaderPage()
        : unsubscribePage({ category: reader.category, user: "userId" in reader, choice }),
    );
  }
}

/** Whatever does not choose is one click: mail programs differ in how they say it, and all mean the same. */
function choiceIn(body: unknown): string {
  const form = new URLSearchParams(Buffer.isBuffer(body) ? body.toString("utf8") : "");
  const choice = form.get("choice") ?? "";
  return /^(category|all):(on|off)$/.test(choice) ? choice : "category:off";
}
