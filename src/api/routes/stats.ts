import { Router } from "express";
import { z } from "zod";
import type { SmsCaps } from "../../database/sms-caps.ts";
import type { Stats, StatsRow } from "../../database/stats.ts";
import { CHANNEL_WORDS } from "../../domain/channel.ts";
import { clientIdSchema } from "../../domain/notification-id.ts";
import { grants } from "../../domain/scope.ts";
import { daysBetween, DIMENSIONS, MAX_DAYS, type Measure, MEASURES } from "../../domain/stats.ts";
import { ApiError, invalidField } from "../errors.ts";
import { callerOf, requireScope } from "../middleware/authenticate.ts";
import type { Operations } from "../openapi/operation.ts";
import { parse } from "../validation.ts";

/** Whoever wants more asks for fewer days, or tells less apart. */
const MAX_ITEMS = 10_000;
const EVERY_CLIENT = "*";
const dimension = z.enum(DIMENSIONS);
/** There is no year 0 in PostgreSQL. */
const day = z.iso.date().refine((date) => !date.startsWith("0000"), "must be a day");

const querySchema = z.strictObject({
  from: day.meta({ description: "The first day, in UTC", examples: ["2026-11-25"] }),
  to: day.meta({ description: `The last day; at most ${MAX_DAYS} with the first`, examples: ["2026-11-25"] }),
  by: z
    .string()
    .default("day,category,channel")
    .transform((words) => words.split(","))
    .pipe(z.array(dimension).refine((words) => new Set(words).size === words.length, "must not repeat"))
    .meta({
      description: `What the counts are broken down by, separated by commas: ${DIMENSIONS.map((word) => `\`${word}\``).join(", ")}`,
    }),
  client: clientIdSchema
    .or(z.literal(EVERY_CLIENT))
    .optional()
    .meta({ description: "Another client, or `*` for all of them; for the scope `admin`. Default: the caller's own" }),
});

const count = z.number().int().min(0);

const itemSchema = z.object({
  day: z.iso.date().optional(),
  category: z.string().optional(),
  template: z.object({ id: z.string(), version: z.number().int() }).optional(),
  channel: z.enum(CHANNEL_WORDS).nullable().optional(),
  provider: z.string().nullable().optional(),
  reason: z.string().nullable().optional(),
  ...(Object.fromEntries(MEASURES.map((measure) => [measure, count])) as Record<Measure, typeof count>),
});

const COUNTS = { ...zeros(), notifications: 0, created: 412, sent: 398, delivered: 391, opened: 120, suppressed: 11 };

const statsSchema = z
  .object({
    from: z.iso.date(),
    to: z.iso.date(),
    by: z.array(dimension),
    items: z.array(itemSchema).meta({ description: "In the order of `by`; what has no count is left out" }),
    smsCaps: z
      .array(z.object({ client: z.string(), day: z.iso.date(), used: count, cap: count }))
      .meta({ description: "Segments of SMS used today (UTC), of these clients as far as they have a cap" }),
  })
  .meta({
    id: "Stats",
    examples: [
      {
        from: "2026-11-25",
        to: "2026-11-25",
        by: ["day", "category", "channel"],
        items: [{ day: "2026-11-25", category: "orders", channel: "email", ...COUNTS, failed: 3 }],
        smsCaps: [{ client: "shop", day: "2026-11-25", used: 8_120, cap: 10_000 }],
      },
    ],
  });

export const statsOperations = {
  "GET /v1/stats": {
    id: "getStats",
    summary: "Count what was sent, and what became of it",
    description:
      "By day in UTC, kept as it happens and current in every answer. `notifications` are requests, all others are deliveries: each counts once in every measure that it comes to, on the day on which it does.",
    scopes: ["read"],
    query: querySchema,
    answers: { 200: { description: "The counts.", body: statsSchema } },
  },
} as const satisfies Operations;

export type StatsRouteDependencies = { stats: Pick<Stats, "read">; smsCaps: SmsCaps };

/** How much of what. */
export function statsRoutes({ stats, smsCaps }: StatsRouteDependencies): Router {
  const router = Router();

  router.get("/v1/stats", requireScope("read"), async (request, response) => {
    const { from, to, by, client } = parse(querySchema, request.query);
    const days = daysBetween(from, to);
    if (days < 1) throw invalidField("to", "must not be before from");
    if (days > MAX_DAYS) throw invalidField("to", `must be within ${MAX_DAYS} days of from, both counted`);
    const { clientId, scopes } = callerOf(response);
    if (client !== undefined && client !== clientId && !grants(scopes, "admin")) {
      throw new ApiError("missing_scope", { detail: "The key needs the scope admin to see other clients." });
    }
    const asked = client === EVERY_CLIENT ? null : (client ?? clientId);
    const items = await stats.read({ clientId: asked, from, to, by, limit: MAX_ITEMS + 1 });
    if (items.length > MAX_ITEMS)
      throw invalidField("by", `gives more than ${MAX_ITEMS} rows; ask for fewer days or dimensions`);
    const answer = { from, to, by, items, smsCaps: await smsCaps.today(asked) };
    response.json(answer satisfies { items: StatsRow[] } & Record<string, unknown>);
  });

  return router;
}

function zeros(): Record<Measure, number> {
  return Object.fromEntries(MEASURES.map((measure) => [measure, 0])) as Record<Measure, number>;
}
