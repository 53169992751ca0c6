import { z } from "zod";
import type { ChannelWord } from "./channel.ts";
import { encodeNotificationId } from "./notification-id.ts";

/** What a client's endpoints are told: the outcome of a notification, each step of a delivery, and tests. */
const EVENT_TYPES = [
  "notification.sent",
  "notification.partially_sent",
  "notification.failed",
  "notification.suppressed",
  "notification.cancelled",
  "notification.expired",
  "notification.unknown",
  "delivery.sent",
  "delivery.delivered",
  "delivery.opened",
  "delivery.clicked",
  "delivery.failed",
  "delivery.bounced",
  "delivery.complained",
  "delivery.suppressed",
  "delivery.cancelled",
  "delivery.expired",
  "delivery.unknown",
] as const;
export const TEST_EVENT_TYPE = "endpoint.test";

/** What an endpoint asks for: types, or all of a kind, or all. */
export const EVENT_TYPE_PATTERNS = ["*", "notification.*", "delivery.*", ...EVENT_TYPES] as const;
export const eventTypesSchema = z
  .array(z.enum(EVENT_TYPE_PATTERNS))
  .min(1)
  .refine((types) => new Set(types).size === types.length, "must not repeat")
  .meta({ uniqueItems: true });

/** How far the telling of an event to one endpoint is. */
export const MESSAGE_STATUSES = ["pending", "delivered", "failed"] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** Why an endpoint is told no more. */
export const DISABLED_REASONS = ["by_request", "failing", "gone"] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

export type OutboundEvent = {
  id: string;
  clientId: string;
  type: string;
  occurredAt: Date;
  /** As the database's triggers write it: ids, words and no more. */
  data: {
    eventId?: string;
    status?: string;
    reason?: string;
    deliveryId?: string;
    channel?: ChannelWord;
    provider?: string;
  };
};

/** The same each time that it is told: whoever gets an event twice knows it by this. */
export function webhookIdOf(eventRowId: string): string {
  return `evt_${eventRowId}`;
}

/** What is posted, as JSON. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export function bodyOf({ clientId, type, occurredAt, data }: OutboundEvent): Record<string, unknown> {
  const { eventId, deliveryId } = data;
  if (eventId === undefined) return { type, timestamp: occurredAt, data: {} };
  const delivery =
    deliveryId === undefined ? {} : { deliveryId, channel: data.channel, provider: data.provider ?? null };
  return {
    type,
    timestamp: occurredAt,
    data: {
      notificationId: encodeNotificationId({ clientId, eventId }),
      eventId,
      status: data.status,
      reason: data.reason ?? null,
      ...delivery,
    },
  };
}
