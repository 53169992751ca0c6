import { z } from "zod";
import { CHANNEL_WORDS } from "../domain/channel.ts";
import { DEAD_STATUSES, REPLAY_REFUSALS, REPLAY_STATUSES } from "../domain/replay.ts";
import { DELIVERY_STATUSES } from "../domain/status.ts";
import { notificationIdSchema } from "./notification-schemas.ts";

const NOTIFICATION_ID = "ntf_ZGVtbzpvcmRlci0xMDAxLXNoaXBwZWQ";
const REPLAY_ID = "01a2040f-91d1-754c-bb42-e27e527bdf3f";

const attemptSchema = z.object({
  number: z.number().int(),
  provider: z.string(),
  at: z.iso.datetime({ offset: true }),
  outcome: z.string().nullable().meta({ description: "`permanent`, `throttled`, `transient`, `unknown` or `sent`" }),
  code: z.string().nullable().meta({ description: "The provider's own, or ours where it gave none" }),
});

/** A notification that failed for good. */
export const deadLetterSchema = z
  .object({
    id: notificationIdSchema,
    eventId: z.string(),
    status: z.enum(DEAD_STATUSES),
    reason: z.string().nullable().meta({ description: "Of the first delivery that failed" }),
    user: z.string().nullable(),
    category: z.string(),
    template: z.object({ id: z.string(), version: z.number().int() }),
    workflowId: z.string(),
    createdAt: z.date(),
    failedAt: z.date(),
    deliveries: z.array(
      z.object({
        id: z.uuid(),
        channel: z.enum(CHANNEL_WORDS),
        status: z.enum(DELIVERY_STATUSES),
        reason: z.string().nullable(),
        attempts: z.number().int(),
        possibleDuplicate: z.boolean(),
        lastAttempts: z.array(attemptSchema).meta({ description: "The last ten, the newest last" }),
      }),
    ),
  })
  .meta({
    id: "DeadLetter",
    examples: [
      {
        id: NOTIFICATION_ID,
        eventId: "order-1001-shipped",
        status: "failed",
        reason: "550",
        user: "u1",
        category: "orders",
        template: { id: "order_shipped", version: 1 },
        workflowId: "ntf:demo:order-1001-shipped",
        createdAt: "2026-11-22T16:20:58.734Z",
        failedAt: "2026-11-22T16:20:59.201Z",
        deliveries: [
          {
            id: "01a2040f-91d1-754c-bb42-e27e527bdf3f",
            channel: "email",
            status: "failed",
            reason: "550",
            attempts: 1,
            possibleDuplicate: false,
            lastAttempts: [
              { number: 1, provider: "smtp", at: "2026-11-22T16:20:59.055+00:00", outcome: "permanent", code: "550" },
            ],
          },
        ],
      },
    ],
  });

export const replayIdSchema = z.uuid().meta({ description: "The id of a replay", examples: [REPLAY_ID] });

/** How far a replay has come. */
export const replaySchema = z
  .object({
    id: replayIdSchema,
    status: z.enum(REPLAY_STATUSES),
    selection: z.record(z.string(), z.unknown()).meta({ description: "What was asked for; of ids, how many" }),
    ratePerSecond: z.number(),
    acceptDuplicate: z.boolean(),
    expiresAt: z.date().nullable(),
    createdAt: z.date(),
    finishedAt: z.date().nullable(),
    counts: z.object({
      replayed: z.number().int(),
      refused: z.number().int(),
      pending: z
        .number()
        .int()
        .nullable()
        .meta({ description: "Null until all are found; of a cancelled replay, what it has left as it was" }),
    }),
    refusedBy: z.partialRecord(z.enum(REPLAY_REFUSALS), z.number().int()),
    refused: z
      .array(z.object({ id: notificationIdSchema, reason: z.enum(REPLAY_REFUSALS) }))
      .meta({ description: "A hundred of them at most" }),
  })
  .meta({
    id: "Replay",
    examples: [
      {
        id: REPLAY_ID,
        status: "running",
        selection: { filter: { reason: "retries_exhausted" } },
        ratePerSecond: 50,
        acceptDuplicate: false,
        expiresAt: null,
        createdAt: "2026-11-22T16:20:58.734Z",
        finishedAt: null,
        counts: { replayed: 412, refused: 1, pending: 587 },
        refusedBy: { content_gone: 1 },
        refused: [{ id: NOTIFICATION_ID, reason: "content_gone" }],
      },
    ],
  });
