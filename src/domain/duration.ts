import { z } from "zod";

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PATTERN = /^([1-9]\d{0,8})([smhd])$/;
const MAX_MS = 366 * UNITS.d;

/** Milliseconds of a duration as the API spells it (`90s`, `15m`, `1h`, `7d`), or null if it is none. */
export function parseDuration(text: string): number | null {
  const match = PATTERN.exec(text);
  if (match === null) return null;
  const ms = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  return ms <= MAX_MS ? ms : null;
}

/** A whole number of seconds, given in milliseconds, in the largest unit that fits; one day stays `24h`. */
export function formatDuration(ms: number): string {
  if (ms === UNITS.d) return "24h";
  for (const unit of ["d", "h", "m"] as const) {
    if (ms % UNITS[unit] === 0) return `${ms / UNITS[unit]}${unit}`;
  }
  return `${ms / UNITS.s}s`;
}

/** A duration of at most 366 days, as text; see {@link parseDuration}. */
export const durationSchema = z
  .string()
  .refine((text) => parseDuration(text) !== null, "must be a duration such as 90s, 15m, 1h or 7d, at most 366d")
  .meta({ pattern: PATTERN.source });
