import type { Channel } from "../domain/channel.ts";
import type { DeliveryDecision } from "../domain/decide-deliveries.ts";
import { refuseAll } from "../domain/decide-notification.ts";
import type { LimitsOf } from "../domain/notification-rules.ts";
import type { ContentKey, PreparedDecision } from "../domain/prepare-decision.ts";
import { windowsFor } from "../domain/rate-limit.ts";
import type { Timing } from "../domain/schedule.ts";
import type { Place, PlaceRequest } from "./rate-bookings.ts";

/** What is to happen, once it is known what others have taken. */
export type Resolution =
  | { kind: "scheduled"; until: Date }
  | { kind: "expired" }
  | { kind: "held"; until: Date; reason: "quiet_hours" | "rate_limited"; deliveries: DeliveryDecision[] }
  /** Some are sent, or none. */
  | { kind: "planned"; deliveries: DeliveryDecision[] };

/** How a notification takes what others want too: for good, or only to see whether it could. */
export type Contest = {
  notificationId: string;
  /** False where another notification has it. */
  claimContent: (content: ContentKey) => Promise<boolean>;
  takePlace: (request: PlaceRequest) => Promise<Place>;
};

/**
 * Duplicate, then quiet hours, then rate limits: the order of the rules, of which the first that says no is the reason.
 * Nothing is asked, and so nothing taken, behind a rule that said no.
 */
export async function resolveDecision(
  { decide, now, content, limits }: PreparedDecision,
  timing: Timing,
  contest: Contest,
): Promise<Resolution> {
  const decision = decide(timing);
  if (decision.kind === "expired" || decision.kind === "scheduled") return decision;
  const { deliveries } = decision;
  if (decision.kind === "refused") return { kind: "planned", deliveries };
  if (content !== null && !(await contest.claimContent(content))) {
    return { kind: "planned", deliveries: refuseAll(deliveries, "duplicate") };
  }
  if (decision.kind === "held") return { ...decision, reason: "quiet_hours" };
  return takePlaces(contest, limits, deliveries, { at: now, notAfter: timing.expiresAt });
}

/**
 * Takes the notification's places in its rate limits. What finds no room is refused as `rate_limited`: all of it, or the
 * channel whose own limit is full while others go on.
 */
async function takePlaces(
  { notificationId, takePlace }: Contest,
  { limits, ...how }: LimitsOf,
  deliveries: DeliveryDecision[],
  times: Pick<PlaceRequest, "at" | "notAfter">,
): Promise<Resolution> {
  const channels = [...new Set(deliveries.flatMap((delivery) => (delivery.send ? [delivery.channel] : [])))];
  const { whole, parts } = windowsFor(limits, channels);
  const of = { ...how, ...times, notificationId };
  if (whole.length > 0) {
    const place = await takePlace({ ...of, windows: whole });
    if (place.kind === "refused") return { kind: "planned", deliveries: refuseAll(deliveries, "rate_limited") };
    if (place.at > times.at) return { kind: "held", until: place.at, reason: "rate_limited", deliveries };
  }
  let left = deliveries;
  for (const { channels: bound, window } of parts) {
    const place = await takePlace({ ...of, windows: [window], onFull: "drop" });
    if (place.kind === "refused") left = refuseChannels(left, bound);
  }
  return { kind: "planned", deliveries: left };
}

function refuseChannels(deliveries: readonly DeliveryDecision[], channels: readonly Channel[]): DeliveryDecision[] {
  return deliveries.flatMap((delivery) =>
    delivery.send && channels.includes(delivery.channel) ? refuseAll([delivery], "rate_limited") : [delivery],
  );
}
