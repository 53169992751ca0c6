import { z } from "zod";
import { type Channel, CHANNEL_WORDS, channelsOf } from "./channel.ts";
import { durationSchema, parseDuration } from "./duration.ts";

/** The longest interval that a limit may have. */
export const MAX_PER_MS = 31 * 24 * 3_600_000;

/** At most `max` notifications to one user in any interval of length `per`; with `channel`, of those that reach it there. */
export const rateLimitSchema = z.strictObject({
  max: z.number().int().min(1, "must be at least 1").max(1_000_000),
  per: durationSchema
    .refine((per) => (parseDuration(per) ?? 0) <= MAX_PER_MS, "must be at most 31d")
    .meta({ description: "Of any interval of this length, at most `31d`" }),
  channel: z.enum(CHANNEL_WORDS).optional().meta({ description: "Only of those that reach it there" }),
});
export type RateLimit = z.infer<typeof rateLimitSchema>;

/** Any number of limits; two for the same interval would contradict each other. */
export const rateLimitsSchema = z
  .array(rateLimitSchema)
  .max(20, "must be at most 20")
  .refine((limits) => new Set(limits.map(intervalOf)).size === limits.length, "must not limit the same interval twice");

const intervalOf = ({ per, channel }: RateLimit) => `${channel ?? ""}/${parseDuration(per)}`;

/** A limit, and whose it is, e.g. `category:orders`. */
export type ScopedLimit = RateLimit & { scope: string };

/** A limit as it is counted: its name stays the same when `max` changes, so history is kept. */
export type Window = { name: string; max: number; perMs: number };

/**
 * The windows in which a notification to these channels takes a place. Those of one channel bind the whole where it goes
 * nowhere else; otherwise they can only take that channel out.
 */
export function windowsFor(
  limits: readonly ScopedLimit[],
  channels: readonly Channel[],
): { whole: Window[]; parts: { channels: Channel[]; window: Window }[] } {
  const whole: Window[] = [];
  const parts: { channels: Channel[]; window: Window }[] = [];
  for (const limit of limits) {
    const window = {
      name: `${limit.scope}/${intervalOf(limit)}`,
      max: limit.max,
      perMs: parseDuration(limit.per) ?? 0,
    };
    const named = limit.channel === undefined ? null : channelsOf(limit.channel);
    const bound = channels.filter((channel) => named === null || named.includes(channel));
    if (bound.length === channels.length) whole.push(window);
    else if (bound.length > 0) parts.push({ channels: [...bound], window });
  }
  return { whole, parts };
}

/**
 * The earliest time from `from` on that a booking may have, so that no half-open interval of the window's length holds
 * more than `max`, with the bookings that lie ahead counted too. All in whole milliseconds; `taken` is sorted.
 */
export function earliestIn({ max, perMs }: Window, taken: readonly number[], from: number): number {
  // Only the end of an interval can free it: after a booking has dropped out, or past one that lies ahead.
  const candidates = [from, ...taken.map((at) => at + perMs).filter((at) => at > from)];
  return candidates.find((at) => fits(at, max, perMs, taken)) ?? from;
}

/** Whether no interval that holds `at` would hold more than `max`: each such interval may begin at a booking. */
function fits(at: number, max: number, perMs: number, taken: readonly number[]): boolean {
  // Found by halving: behind a queue of thousands, each place in it is asked about.
  const place = countBelow(taken, at);
  const before = taken.slice(countBelow(taken, at - perMs + 1), place);
  const near = [...before, at, ...taken.slice(place, countBelow(taken, at + perMs))];
  return near.every((begin, index) => {
    const last = near[index + max];
    return last === undefined || last - begin >= perMs;
  });
}

/** How many of these sorted whole numbers are below `limit`. */
function countBelow(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((sorted[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The earliest time from `from` on at which every window has room and `notBefore` agrees. */
export function earliestInAll(
  windows: readonly { window: Window; taken: readonly number[] }[],
  from: number,
  notBefore: (time: number) => number,
): number {
  let time = from;
  for (;;) {
    const next = windows.reduce((at, { window, taken }) => earliestIn(window, taken, at), notBefore(time));
    if (next === time) return time;
    time = next;
  }
}
