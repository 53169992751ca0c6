import { decideDeliveries, type DeliveryDecision } from "./decide-deliveries.ts";
import type { NotificationFacts } from "./notification-rules.ts";
import { quietUntil } from "./quiet-hours.ts";
import type { Timing } from "./schedule.ts";
import type { SkipReason } from "./status.ts";

/**
 * What is to happen, as far as rules can tell; whether it is a duplicate, and whether a rate limit has room, is decided
 * by who comes first, as the decision is written.
 */
export type Decision =
  | { kind: "scheduled"; until: Date }
  | { kind: "expired" }
  /** No channel may be used. */
  | { kind: "refused"; deliveries: DeliveryDecision[] }
  /** It may be sent, but not before `until`. */
  | { kind: "held"; until: Date; deliveries: DeliveryDecision[] }
  | { kind: "send"; deliveries: DeliveryDecision[] };

/**
 * The rules in their order: expired, what each channel says (no_template, then suppressed, no_contact,
 * country_not_allowed, opted_out), then quiet hours. A wait never goes past the expiry, which then ends it.
 */
export function decideNotification(now: Date, timing: Timing, facts: NotificationFacts): Decision {
  const { sendAt, expiresAt } = timing;
  if (expiresAt !== null && expiresAt <= now) return { kind: "expired" };
  if (sendAt !== null && sendAt > now) return { kind: "scheduled", until: earlier(sendAt, expiresAt) };
  const deliveries = decideDeliveries(facts);
  if (!deliveries.some(({ send }) => send)) return { kind: "refused", deliveries };
  const quietEnd = quietUntil(now, facts.quietHours, facts.timezone);
  if (quietEnd !== null) return { kind: "held", until: earlier(quietEnd, expiresAt), deliveries };
  return { kind: "send", deliveries };
}

/** The same deliveries where a rule about the whole notification says no: each that would have been sent gives it as its reason. */
export function refuseAll(deliveries: readonly DeliveryDecision[], reason: SkipReason): DeliveryDecision[] {
  return deliveries.map((delivery) => (delivery.send ? { send: false, channel: delivery.channel, reason } : delivery));
}

/** What is told of a notification that goes nowhere: the reason of the first one that is skipped; null where none is. */
export function firstSkipReason(deliveries: readonly DeliveryDecision[]): SkipReason | null {
  const skipped = deliveries.find((delivery) => !delivery.send);
  return skipped?.send === false ? skipped.reason : null;
}

function earlier(time: Date, limit: Date | null): Date {
  return limit !== null && limit < time ? limit : time;
}
