import type pg from "pg";
import type { Channel } from "../domain/channel.ts";
import type { DeliveryDecision } from "../domain/decide-deliveries.ts";
import { refuseAll } from "../domain/decide-notification.ts";
import type { LimitsOf } from "../domain/notification-rules.ts";
import { windowsFor } from "../domain/rate-limit.ts";
import { bookPlace, type PlaceRequest } from "./rate-bookings.ts";

export type Placed = { kind: "go"; deliveries: DeliveryDecision[] } | { kind: "wait"; until: Date };

/**
 * Takes the notification's places in its rate limits, in the caller's transaction. What finds no room is refused as
 * `rate_limited`: all of it, or the channel whose own limit is full while others go on.
 */
export async function takePlaces(
  connection: pg.PoolClient,
  { limits, ...how }: LimitsOf,
  deliveries: readonly DeliveryDecision[],
  of: Pick<PlaceRequest, "notificationId" | "at" | "notAfter">,
): Promise<Placed> {
  const channels = [...new Set(deliveries.flatMap((delivery) => (delivery.send ? [delivery.channel] : [])))];
  const { whole, parts } = windowsFor(limits, channels);
  if (whole.length > 0) {
    const place = await bookPlace(connection, { ...how, ...of, windows: whole });
    if (place.kind === "refused") return { kind: "go", deliveries: refuseAll(deliveries, "rate_limited") };
    if (place.at > of.at) return { kind: "wait", until: place.at };
  }
  let left = [...deliveries];
  for (const { channels: bound, window } of parts) {
    const place = await bookPlace(connection, { ...how, ...of, windows: [window], onFull: "drop" });
    if (place.kind === "refused") left = refuseChannels(left, bound);
  }
  return { kind: "go", deliveries: left };
}

function refuseChannels(deliveries: readonly DeliveryDecision[], channels: readonly Channel[]): DeliveryDecision[] {
  return deliveries.flatMap((delivery) =>
    delivery.send && channels.includes(delivery.channel) ? refuseAll([delivery], "rate_limited") : [delivery],
  );
}
