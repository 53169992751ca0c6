import express, { Router } from "express";
import { z } from "zod";
import type { OptOuts } from "../../database/opt-outs.ts";
import type { Receipts } from "../../database/receipts.ts";
import { normaliseAddress } from "../../domain/contact.ts";
import { isOptOut, type ProviderEvent, type Receipt } from "../../domain/receipt.ts";
import type { ApiMetrics } from "../../observability/api-metrics.ts";
import type { Logger } from "../../observability/log.ts";
import type { Webhook, WebhookRefusal } from "../../providers/webhook.ts";
import { ApiError } from "../errors.ts";
import type { Operations } from "../openapi/operation.ts";

const NAMES = ["twilio", "vonage", "sendgrid", "mailchimp"] as const;

const pathSchema = z.object({ provider: z.enum(NAMES) });

export const webhookOperations = {
  "POST /webhooks/:provider": {
    id: "receiveWebhook",
    summary: "Receive what became of messages",
    description:
      "For providers: the form or JSON that each of them sends, with its own signature instead of a key. Each event has one effect, however often and in whatever order it is told. One that belongs to no message that is known is kept until it does.",
    scopes: [],
    path: pathSchema,
    body: {
      contentTypes: ["application/x-www-form-urlencoded", "application/json"],
      schema: z.unknown().meta({ description: "As the provider documents it" }),
      example: { MessageSid: "SM5f2b1c0e9a7d4f3b8c6e0d1a2b3c4d5e", MessageStatus: "delivered" },
    },
    answers: { 200: { description: "Stored; the provider need not repeat it." } },
    errors: ["invalid_signature", "not_found", "unavailable"],
  },
} as const satisfies Operations;

export type WebhookRouteDependencies = {
  webhooks: Record<(typeof NAMES)[number], Webhook>;
  receipts: Receipts;
  optOuts: OptOuts;
  log: Logger;
  metrics: Pick<ApiMetrics, "webhook">;
  now: () => Date;
};

/** `/webhooks/:provider`: the signature first, over the bytes as they came; stored once; then 200, then nothing more. */
export function webhookRoutes(deps: WebhookRouteDependencies): Router {
  const router = Router();

  // Mailchimp asks whether anybody is there before it takes the address.
  router.use("/webhooks/mailchimp", (request, response, next) => {
    if (request.method === "HEAD") return response.status(200).end();
    next();
  });

  router.post(
    "/webhooks/:provider",
    (request, response, next) => {
      const provider = NAMES.find((name) => name === request.params.provider);
      if (provider === undefined) throw new ApiError("not_found");
      // Compressed bodies are refused: no provider sends them, and they are larger than they look.
      express.raw({ type: () => true, limit: deps.webhooks[provider].maxBytes, inflate: false })(
        request,
        response,
        next,
      );
    },
    async (request, response) => {
      const { provider } = pathSchema.parse(request.params);
      const body: unknown = request.body;
      const reading = deps.webhooks[provider].read({
        url: request.originalUrl,
        headers: request.headers,
        body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
        now: deps.now(),
      });
      if ("refused" in reading) throw refusal(deps, provider, reading.refused);
      await take(deps, provider, reading.events);
      deps.metrics.webhook(provider, "taken");
      response.status(200).end();
    },
  );

  return router;
}

/** Stored before anything follows from it: where we die in between, repair carries on, and so does the provider's repeat. */
async function take(deps: WebhookRouteDependencies, provider: string, events: readonly ProviderEvent[]): Promise<void> {
  const receipts = events.filter((event): event is Receipt => !isOptOut(event));
  if (receipts.length > 0) {
    for (const receipt of await deps.receipts.store(provider, receipts)) await deps.receipts.settle(receipt);
  }
  for (const optOut of events.filter(isOptOut)) {
    const address = normaliseAddress(optOut.channel, optOut.address);
    if (address !== null) await deps.optOuts.record(provider, { ...optOut, address });
  }
}

const REFUSALS: Record<WebhookRefusal, { code: "invalid_signature" | "invalid_request"; detail: string }> = {
  not_configured: { code: "invalid_signature", detail: "No key is configured to check the signature." },
  unsigned: { code: "invalid_signature", detail: "There is no signature." },
  forged: {
    code: "invalid_signature",
    detail: "The signature does not match this request, or was made with another key.",
  },
  stale: { code: "invalid_signature", detail: "The time of the signature is too far from now." },
  unreadable: { code: "invalid_request", detail: "The request is malformed." },
};

function refusal(
  { log, metrics }: Pick<WebhookRouteDependencies, "log" | "metrics">,
  provider: string,
  why: WebhookRefusal,
): ApiError {
  metrics.webhook(provider, why);
  log.warn({ provider, why }, "a webhook was refused");
  const { code, detail } = REFUSALS[why];
  return new ApiError(code, { detail });
}
