import { z } from "zod";
import { CHANNEL_WORDS } from "../domain/channel.ts";
import { DELIVERY_STATUSES, NOTIFICATION_STATUSES, SKIP_REASONS } from "../domain/status.ts";
import { shownSchemas } from "./shown-content.ts";

const ID = "ntf_ZGVtbzpvcmRlci0xMDAxLXNoaXBwZWQ";
/** As in a path; any other text names nothing, and is a 404. */
export const notificationIdSchema = z
  .string()
  .meta({ description: "The id of a notification of the caller's client", examples: [ID] });
/** The answer to a request to send. */
export const acceptedSchema = z
  .object({
    id: notificationIdSchema,
    eventId: z.string(),
    status: z
      .enum([...NOTIFICATION_STATUSES, "forgotten"])
      .meta({ description: "`forgotten`: a repeat, after retention has deleted what became of it" }),
    workflowId: z.string(),
    links: z.object({
      self: z.url(),
      timeline: z.url(),
      temporal: z
        .url()
        .optional()
        .meta({ description: "The workflow in Temporal's Web UI, where its address is known" }),
    }),
  })
  .meta({
    id: "AcceptedNotification",
    examples: [
      {
        id: ID,
        eventId: "order-1001-shipped",
        status: "accepted",
        workflowId: "ntf:demo:order-1001-shipped",
        links: {
          self: `http://127.0.0.1:3000/v1/notifications/${ID}`,
          timeline: `http://127.0.0.1:3000/v1/notifications/${ID}/timeline`,
        },
      },
    ],
  });

const instantSchema = z.iso.datetime({ offset: true });
const deliverySchema = z
  .object({
    id: z.uuid(),
    channel: z.enum(CHANNEL_WORDS),
    provider: z.string().nullable(),
    status: z.enum(DELIVERY_STATUSES),
    reason: z.string().nullable().meta({ description: "Why it was skipped, or did not arrive" }),
    attempts: z.number().int(),
    segments: z.number().int().nullable().meta({ description: "Of an SMS that was tried: how many it is split into" }),
    possibleDuplicate: z.boolean().meta({ description: "An earlier attempt may have arrived too" }),
    providerMessageId: z.string().nullable(),
    sentAt: instantSchema.nullable(),
    deliveredAt: instantSchema.nullable(),
    openedAt: instantSchema.nullable(),
    clickedAt: instantSchema.nullable(),
  })
  .meta({ id: "Delivery" });

/** A notification as it is looked up. */
export const notificationSchema = z
  .object({
    id: notificationIdSchema,
    eventId: z.string(),
    status: z.enum(NOTIFICATION_STATUSES),
    reason: z.string().nullable().meta({ description: "Why nothing was sent" }),
    user: z.string().nullable(),
    category: z.string().nullable(),
    template: z.object({ id: z.string(), version: z.number().int() }),
    workflowId: z.string(),
    createdAt: z.date(),
    scheduledFor: z.date().nullable(),
    expiresAt: z.date().nullable(),
    deliveries: z.array(deliverySchema),
  })
  .meta({
    id: "Notification",
    examples: [
      {
        id: ID,
        eventId: "order-1001-shipped",
        status: "sent",
        reason: null,
        user: "u1",
        category: "orders",
        template: { id: "order_shipped", version: 1 },
        workflowId: "ntf:demo:order-1001-shipped",
        createdAt: "2026-11-22T16:20:58.734Z",
        scheduledFor: null,
        expiresAt: null,
        deliveries: [
          {
            id: "01a2040f-91d1-754c-bb42-e27e527bdf3f",
            channel: "email",
            provider: "smtp",
            status: "sent",
            reason: null,
            attempts: 1,
            segments: null,
            possibleDuplicate: false,
            providerMessageId: "bc87ac5f-332e-4403-94b5-f40b81011293",
            sentAt: "2026-11-22T16:20:59.201+00:00",
            deliveredAt: null,
            openedAt: null,
            clickedAt: null,
          },
        ],
      },
    ],
  });

/** Every step of a notification. */
export const timelineSchema = z
  .object({
    items: z.array(
      z.object({
        at: z.date(),
        type: z.string().meta({ description: "What happened, such as `attempt_closed`" }),
        channel: z.string().nullable(),
        deliveryId: z.uuid().nullable(),
        detail: z.record(z.string(), z.unknown()),
      }),
    ),
  })
  .meta({
    id: "Timeline",
    examples: [
      {
        items: [
          { at: "2026-11-22T16:20:58.960Z", type: "accepted", channel: null, deliveryId: null, detail: {} },
          {
            at: "2026-11-22T16:20:59.201Z",
            type: "delivery_closed",
            channel: "email",
            deliveryId: "01a2040f-91d1-754c-bb42-e27e527bdf3f",
            detail: { status: "sent" },
          },
        ],
      },
    ],
  });

/** What a cancel could still do. */
export const cancelResultSchema = z
  .object({
    result: z.enum(["cancelled", "too_late"]).meta({
      description:
        "`cancelled`: no provider was called and none will be, also where it was over already, as `status` says. `too_late`: an attempt had begun",
    }),
    status: z.enum(NOTIFICATION_STATUSES),
    stopped: z
      .array(z.object({ deliveryId: z.uuid(), channel: z.enum(CHANNEL_WORDS) }))
      .meta({ description: "What had not begun, and was stopped all the same" }),
  })
  .meta({ id: "CancelResult", examples: [{ result: "too_late", status: "sent", stopped: [] }] });

/** What would become of a request. */
export const explanationSchema = z
  .object({
    outcome: z.enum(["send", "scheduled", "held", "suppressed", "expired"]),
    reason: z
      .enum(SKIP_REASONS)
      .nullable()
      .meta({ description: "The rule that decided on the whole; null where it is sent, or was asked for later" }),
    until: z.date().nullable().meta({ description: "When it would be sent, where that is not now" }),
    expiresAt: z.date().nullable(),
    template: z.object({ id: z.string(), version: z.number().int() }),
    channels: z.array(
      z.object({
        channel: z.enum(CHANNEL_WORDS),
        decision: z.enum(["send", "skip"]),
        reason: z.enum(SKIP_REASONS).nullable(),
        contactId: z.uuid().nullable().meta({ description: "Null: skipped, or the request brought the address" }),
        content: z
          .union([shownSchemas.push, shownSchemas.sms, shownSchemas.email])
          .nullable()
          .meta({ description: "As it would be read" }),
        provider: z
          .string()
          .nullable()
          .meta({ description: "Whose turn it would be; null: skipped, or none is ready" }),
        waitsFor: z
          .enum(["channel_paused", "providers_paused", "providers_failing"])
          .nullable()
          .meta({ description: "Where none is ready: it is accepted all the same, and waits" }),
      }),
    ),
  })
  .meta({
    id: "Explanation",
    examples: [
      {
        outcome: "send",
        reason: null,
        until: null,
        expiresAt: null,
        template: { id: "order_shipped", version: 1 },
        channels: [
          {
            channel: "sms",
            decision: "send",
            reason: null,
            contactId: "01a20410-0b3c-7d3c-9f5e-0d3b8f6f5b1a",
            content: { text: "Blue kettle is on its way", encoding: "GSM-7", segments: 1 },
            provider: "twilio",
            waitsFor: null,
          },
        ],
      },
    ],
  });
