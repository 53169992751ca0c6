import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { PreparedDecision } from "../domain/prepare-decision.ts";
import type { Timing } from "../domain/schedule.ts";
import { isContentFree } from "./content-keys.ts";
import { findPlace } from "./rate-bookings.ts";
import { type Resolution, resolveDecision } from "./resolve-decision.ts";

export type Previews = ReturnType<typeof createPreviews>;

export function createPreviews(pool: pg.Pool) {
  return {
    /** What would become now of a notification that does not exist yet. Takes nothing. */
    resolve(prepared: PreparedDecision, timing: Timing): Promise<Resolution> {
      return resolveDecision(prepared, timing, {
        notificationId: randomUUID(),
        claimContent: (content) => isContentFree(pool, content, prepared.now),
        takePlace: (request) => findPlace(pool, request),
      });
    },
  };
}
