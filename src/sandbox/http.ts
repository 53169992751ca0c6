import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express, { type ErrorRequestHandler, type Express } from "express";
import { z } from "zod";
import { CHANNELS } from "../domain/channel.ts";
import type { Ledger } from "./ledger.ts";
import { htmlOf, pageHeaders, pageRoutes } from "./page-routes.ts";
import type { Reception } from "./reception.ts";
import { RECEIPTS, sendWebhooks, webhooksFor, type WebhookTarget } from "./receipts.ts";
import { ruleSchema } from "./rules.ts";

const messagesQuery = z.strictObject({
  channel: z.enum(CHANNELS).optional(),
  to: z.string().optional(),
  notificationId: z.string().optional(),
  /** The newest so many. */
  limit: z.coerce.number().int().min(1).max(100_000).optional(),
});

const receiptBody = z.strictObject({ type: z.enum(RECEIPTS) });

export type SandboxHttp = { port: number; close(): Promise<void> };

type Parts = { ledger: Ledger; reception: Reception; webhooks: () => WebhookTarget | null };

/** What tests and people use: the messages, the rules and the page. */
export async function startHttp(options: Parts & { host: string; port: number }): Promise<SandboxHttp> {
  const server = makeApp(options).listen(options.port, options.host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function makeApp({ ledger, reception, webhooks }: Parts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(pageHeaders);
  app.use(express.json({ limit: "64kb" }));

  app.get("/healthz", (_request, response) => {
    response.json({ status: "ok" });
  });

  app.get("/messages", (request, response) => {
    const { channel, to, notificationId, limit } = messagesQuery.parse(request.query);
    const items = ledger
      .messages()
      .filter(
        (message) =>
          (channel === undefined || message.channel === channel) &&
          (to === undefined || message.to === to) &&
          (notificationId === undefined || message.notificationId === notificationId),
      );
    response.json({ items: limit === undefined ? items : items.slice(-limit) });
  });

  app.delete("/messages", async (_request, response) => {
    await ledger.clear();
    response.status(204).end();
  });

  app.get("/messages/:id/html", htmlOf(ledger));

  /** Tells the API what became of a message, signed as its provider signs. */
  app.post("/messages/:id/receipts", async (request, response) => {
    const message = ledger.messages().find((candidate) => candidate.id === request.params.id);
    if (message === undefined) {
      response.status(404).json({ error: "There is no message with this id." });
      return;
    }
    const { type } = receiptBody.parse(request.body);
    const target = webhooks();
    const told = webhooksFor({ message, publicUrl: target?.publicUrl ?? "", now: new Date() }, type);
    if (told.length === 0) {
      const words = RECEIPTS.filter(
        (word) => webhooksFor({ message, publicUrl: "", now: new Date() }, word).length > 0,
      );
      const error =
        words.length === 0
          ? `The provider ${message.provider} sends no receipts, so there is none to make.`
          : `The provider ${message.provider} tells only: ${words.join(", ")}.`;
      response.status(422).json({ error });
      return;
    }
    const status = target === null ? null : await sendWebhooks(target, told);
    if (status === null || status >= 300) {
      const why = status === null ? "cannot be reached" : `answered ${status}`;
      response.status(502).json({ error: `The API ${why}, so the receipt was not taken.` });
      return;
    }
    response.status(201).json({ type, provider: message.provider });
  });

  /** Requests since the start, also those that were refused or dropped. */
  app.get("/requests", (_request, response) => {
    response.json(reception.requests());
  });

  /** Requests that rules hold back. */
  app.get("/held", (_request, response) => {
    response.json({ items: reception.held() });
  });

  app.post("/rules", (request, response) => {
    const rule = reception.addRule(ruleSchema.parse(request.body));
    response.status(201).json({ id: rule.id });
  });

  app.get("/rules", (_request, response) => {
    response.json({ items: reception.rules() });
  });

  app.delete("/rules", (_request, response) => {
    reception.removeAllRules();
    response.status(204).end();
  });

  app.delete("/rules/:id", (request, response) => {
    if (reception.removeRule(request.params.id)) response.status(204).end();
    else response.status(404).json({ error: "There is no rule with this id." });
  });

  app.use(pageRoutes());
  app.use((_request, response) => {
    response.status(404).json({ error: "There is nothing here." });
  });
  app.use(answerErrors);
  return app;
}

const answerErrors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  if (error instanceof z.ZodError) {
    const errors = error.issues.map((issue) => ({ field: issue.path.join("."), message: issue.message }));
    response.status(400).json({ error: "The request is not understood.", errors });
    return;
  }
  // What Express found wrong with the request itself: no JSON, too large, a broken path.
  const status = (error as { status?: unknown }).status;
  if (typeof status === "number" && status >= 400 && status < 500) {
    response
      .status(status)
      .json({ error: status === 413 ? "The request is too large." : "The request is not understood." });
    return;
  }
  response.status(500).json({ error: "The sandbox could not do this; its ledger may not be writable." });
};
