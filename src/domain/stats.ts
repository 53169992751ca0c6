/**
 * What is counted. `notifications` are requests; all others are deliveries, each once in every measure that it comes to,
 * but `segments`, of which a text has as many as it is split into.
 */
export const MEASURES = [
  "notifications",
  "created",
  "sent",
  "delivered",
  "opened",
  "clicked",
  "failed",
  "bounced",
  "complained",
  "unknown",
  "suppressed",
  "segments",
] as const;
export type Measure = (typeof MEASURES)[number];

/** What counts may be told apart by. */
export const DIMENSIONS = ["day", "category", "template", "channel", "provider", "reason"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** A leap year. */
export const MAX_DAYS = 366;

const DAY_MS = 86_400_000;

/** How many days there are from one to another, both counted; not positive where `to` is before `from`. */
export function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
}
