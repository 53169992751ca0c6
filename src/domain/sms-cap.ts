import { z } from "zod";

/** Segments that a client may send on a day; 0: none. */
export const smsCapSchema = z.int().min(0).max(1_000_000_000);

/** Of how many clients caps of their own can be named. */
export const MAX_CAPPED_CLIENTS = 1_000;

/** Whether a text of so many segments has no room, as the gate asks in SQL; a test holds the two together. */
export function isOverCap(segments: number, today: { used: number; cap: number } | undefined): boolean {
  return today !== undefined && today.used + segments > today.cap;
}
