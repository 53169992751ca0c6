import type pg from "pg";
import type { Channel } from "../domain/channel.ts";
import type { LimitsOf } from "../domain/notification-rules.ts";
import { windowsFor } from "../domain/rate-limit.ts";
import { inTransaction } from "./pool.ts";
import { bookPlace, type Place, type PlaceRequest } from "./rate-bookings.ts";

export type LateRequest = Pick<PlaceRequest, "notificationId" | "at" | "notAfter"> & {
  limits: LimitsOf;
  /** Of the delivery that asks. */
  channel: Channel;
  /** To which the notification still goes, `channel` among them. */
  channels: readonly Channel[];
};

export type LatePlaces = ReturnType<typeof createLatePlaces>;

/** The places in rate limits of a notification that was decided on long ago. */
export function createLatePlaces(pool: pg.Pool) {
  return {
    /**
     * Moves the notification's places to the time at which it is sent after all: those of the whole, then those that
     * bind this channel alone, whose refusal takes nothing from the others. Repeatable.
     */
    move({ limits: { limits, ...how }, channel, channels, ...of }: LateRequest): Promise<Place> {
      const { whole, parts } = windowsFor(limits, channels);
      const own = parts.filter((part) => part.channels.includes(channel)).map(({ window }) => window);
      const kept: Place = { kind: "booked", at: of.at };
      return inTransaction(pool, async (connection) => {
        // Locked before its subject, as everywhere, so that a cancel either comes first or gives back what is taken here.
        const { rowCount } = await connection.query({
          name: "lock-untouched",
          text: LOCK_UNTOUCHED,
          values: [of.notificationId],
        });
        // The gate says what has become of it; a place that an attempt has used up stays where it is.
        if (rowCount === 0) return kept;
        const place = whole.length === 0 ? kept : await bookPlace(connection, { ...how, ...of, windows: whole });
        if (place.kind === "refused" || place.at > of.at || own.length === 0) return place;
        return bookPlace(connection, { ...how, ...of, windows: own, onFull: "drop" });
      });
    },
  };
}

const LOCK_UNTOUCHED = `
  SELECT 1 FROM notifications
  WHERE id = $1 AND final_at IS NULL AND cancelled_at IS NULL AND first_attempt_at IS NULL FOR UPDATE`;
