import { Temporal } from "temporal-polyfill";
import { z } from "zod";

const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
type Weekday = (typeof WEEKDAYS)[number];

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day such as 22:00");

/**
 * From one local time to the next occurrence of another, so they may pass midnight. `days`: those on which they begin;
 * left out: every day.
 */
export const quietHoursSchema = z
  .strictObject({
    from: timeOfDay,
    to: timeOfDay,
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1, "must name at least one day, or be left out")
      .refine((days) => new Set(days).size === days.length, "must not name a day twice")
      .optional()
      .meta({ description: "On which they begin; left out: every day", uniqueItems: true }),
  })
  .refine(({ from, to }) => from !== to, "must not begin and end at the same time");
export type QuietHours = z.infer<typeof quietHoursSchema>;

/** Of a category: hold in the user's quiet hours, never hold, or hold in these hours instead of the user's. */
export const categoryQuietHoursSchema = z.union([z.enum(["hold", "ignore"]), quietHoursSchema], {
  error: 'must be "hold", "ignore" or {from, to, days}',
});
export type CategoryQuietHours = z.infer<typeof categoryQuietHoursSchema>;

/** The hours that hold a notification: the category's own, else the user's, else those of the settings; null: none. */
export function quietHoursFor(rules: {
  category: { quietHours: CategoryQuietHours };
  preferences: { quietHours: QuietHours | null };
  settings: { quietHours: QuietHours | null };
}): QuietHours | null {
  const { category, preferences, settings } = rules;
  if (category.quietHours === "ignore") return null;
  if (category.quietHours !== "hold") return category.quietHours;
  return preferences.quietHours ?? settings.quietHours;
}

/** Quiet periods of one weekday each may follow one another for a week; from then on they repeat. */
const MAX_PERIODS = 8;

/**
 * The end of the quiet hours in which `now` lies, or null where it lies in none. Periods that touch count as one.
 *
 * The hours are those of the wall clock in `timezone` (IANA; UTC where it is not known or unknown to this machine). On
 * the two days a year on which clocks change, a time that the clock skips means the moment of the change, and of a time
 * that it shows twice the first one begins the quiet hours and the second one ends them: rather too quiet than too loud.
 */
export function quietUntil(now: Date, hours: QuietHours | null, timezone: string | null): Date | null {
  if (hours === null) return null;
  const zone = knownZone(timezone);
  let until: number | null = null;
  for (let periods = 0; periods < MAX_PERIODS; periods++) {
    const end = endOfPeriodAt(until ?? now.getTime(), hours, zone);
    if (end === null) break;
    until = end;
  }
  return until === null ? null : new Date(until);
}

/** A period that holds this moment began today or, where it passes midnight, yesterday. */
function endOfPeriodAt(moment: number, { from, to, days }: QuietHours, zone: string): number | null {
  const today = Temporal.Instant.fromEpochMilliseconds(moment).toZonedDateTimeISO(zone).toPlainDate();
  for (const day of [today.subtract({ days: 1 }), today]) {
    if (days !== undefined && !days.includes(weekdayOf(day))) continue;
    const begin = momentOf(day, from, zone, "earlier");
    const end = momentOf(from < to ? day : day.add({ days: 1 }), to, zone, "later");
    if (begin <= moment && moment < end) return end;
  }
  return null;
}

/** In milliseconds since 1970. A time that the clock skips is the moment of the skip. */
function momentOf(day: Temporal.PlainDate, time: string, zone: string, ofTwo: "earlier" | "later"): number {
  const local = day.toPlainDateTime(Temporal.PlainTime.from(time));
  const moment = local.toZonedDateTime(zone, { disambiguation: ofTwo });
  if (moment.toPlainDateTime().equals(local)) return moment.epochMilliseconds;
  const before = local.toZonedDateTime(zone, { disambiguation: "earlier" });
  return before.getTimeZoneTransition("next")?.epochMilliseconds ?? moment.epochMilliseconds;
}

function weekdayOf(day: Temporal.PlainDate): Weekday {
  return WEEKDAYS[day.dayOfWeek - 1] as Weekday;
}

function knownZone(timezone: string | null): string {
  try {
    // Throws for a zone that this machine's tables do not have (any more).
    return new Intl.DateTimeFormat("en", { timeZone: timezone ?? "UTC" }).resolvedOptions().timeZone;
  } catch (error) {
    if (error instanceof RangeError) return "UTC";
    throw error;
  }
}
