import { z } from "zod";
import { DISABLED_REASONS, EVENT_TYPE_PATTERNS, MESSAGE_STATUSES } from "../domain/outbound-event.ts";

const ENDPOINT = {
  id: "01a2040f-9e20-74cb-8bd9-3f64defd24df",
  url: "https://shop.example.com/hooks/tidings",
  eventTypes: ["notification.*", "delivery.bounced"],
  enabled: true,
  disabledAt: null,
  disabledReason: null,
  failingSince: null,
  createdAt: "2026-11-22T16:21:02.115Z",
};

export const endpointSchema = z
  .object({
    id: z.uuid(),
    url: z.string(),
    eventTypes: z.array(z.enum(EVENT_TYPE_PATTERNS)),
    enabled: z.boolean(),
    disabledAt: z.date().nullable(),
    disabledReason: z
      .enum(DISABLED_REASONS)
      .nullable()
      .meta({ description: "`failing`: every call failed for five days; `gone`: it answered 410" }),
    failingSince: z.date().nullable().meta({ description: "Since when every call has failed; null where one worked" }),
    createdAt: z.date(),
  })
  .meta({ id: "WebhookEndpoint", examples: [ENDPOINT] });

export const endpointWithSecretSchema = endpointSchema
  .extend({ secret: z.string().meta({ description: "Verifies signatures; shown only this once" }) })
  .meta({ id: "WebhookEndpointWithSecret", examples: [{ ...ENDPOINT, secret: "whsec_MfKQ…" }] });

export const queuedTestSchema = z
  .object({ webhookId: z.string().meta({ description: "The header `webhook-id` that it comes with" }) })
  .meta({ id: "QueuedTest", examples: [{ webhookId: "evt_01a2040f-91d1-754c-bb42-e27e527bdf3f" }] });

export const queuedReplaySchema = z
  .object({
    queued: z.number().int(),
    continueFrom: z.date().nullable().meta({ description: "Where there are more: ask again with this as `since`" }),
  })
  .meta({ id: "QueuedEvents", examples: [{ queued: 312, continueFrom: null }] });

export const messageSchema = z
  .object({
    webhookId: z.string().meta({ description: "The header `webhook-id`, the same with each attempt" }),
    type: z.string(),
    eventId: z.string().nullable().meta({ description: "Of the notification; null of a test" }),
    occurredAt: z.date(),
    status: z.enum(MESSAGE_STATUSES),
    attempts: z.number().int(),
    queuedAt: z.date(),
    nextAt: z.date().nullable().meta({ description: "When it is tried next, or again where a call is under way" }),
    lastAt: z.date().nullable(),
    lastCode: z.string().nullable().meta({ description: "The status of the last answer, or why there was none" }),
    deliveredAt: z.date().nullable(),
  })
  .meta({
    id: "WebhookDelivery",
    examples: [
      {
        webhookId: "evt_01a2040f-91d1-754c-bb42-e27e527bdf3f",
        type: "notification.sent",
        eventId: "order-1001-shipped",
        occurredAt: "2026-11-22T16:20:58.734Z",
        status: "pending",
        attempts: 2,
        queuedAt: "2026-11-22T16:20:58.734Z",
        nextAt: "2026-11-22T16:21:14.207Z",
        lastAt: "2026-11-22T16:21:02.118Z",
        lastCode: "503",
        deliveredAt: null,
      },
    ],
  });
