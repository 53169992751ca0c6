/** The states of a notification and of a delivery, which of them are final, and the outcome of a whole. */
export const NOTIFICATION_STATUSES = [
  "accepted",
  "scheduled",
  "held",
  "sending",
  "sent",
  "partially_sent",
  "failed",
  "suppressed",
  "cancelled",
  "expired",
  "unknown",
] as const;
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number];

export const DELIVERY_STATUSES = [
  "pending",
  "sending",
  "sent",
  "delivered",
  "opened",
  "clicked",
  "failed",
  "bounced",
  "complained",
  "suppressed",
  "cancelled",
  "expired",
  "unknown",
] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/**
 * Why something was not sent, in the order in which the rules are asked: the first that says no is the reason.
 * `no_provider` is only of `explain`.
 */
export const SKIP_REASONS = [
  "cancelled",
  "expired",
  "no_template",
  "suppressed",
  "no_contact",
  "country_not_allowed",
  "opted_out",
  "duplicate",
  "quiet_hours",
  "rate_limited",
  "sms_cap_reached",
  "no_provider",
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/**
 * What is known of a message that a provider took, the later one the stronger: whatever the order in which receipts
 * come, the strongest stands. A mail that was opened has not bounced, whatever a server on its way said.
 */
const KNOWLEDGE = ["unknown", "sent", "failed", "delivered", "bounced", "opened", "clicked", "complained"] as const;

const strongerThan = (status: (typeof KNOWLEDGE)[number]) => KNOWLEDGE.slice(KNOWLEDGE.indexOf(status) + 1);

/**
 * Where a delivery may go from each state. A move that is not listed is one that stronger knowledge has overtaken, and
 * is ignored. The only way back to `pending` is a replay; what a rule stopped after an attempt is `suppressed`, and counts
 * as failed.
 */
const DELIVERY_MOVES: Record<DeliveryStatus, readonly DeliveryStatus[]> = {
  pending: ["sending", "suppressed", "cancelled", "expired", "failed"],
  sending: ["sent", "failed", "cancelled", "expired", "unknown", "suppressed"],
  unknown: [...strongerThan("unknown"), "pending"],
  sent: strongerThan("sent"),
  failed: [...strongerThan("failed"), "pending"],
  delivered: strongerThan("delivered"),
  bounced: strongerThan("bounced"),
  opened: strongerThan("opened"),
  clicked: strongerThan("clicked"),
  complained: [],
  suppressed: ["pending"],
  cancelled: [],
  expired: [],
};

export function canMoveDelivery(from: DeliveryStatus, to: DeliveryStatus): boolean {
  return DELIVERY_MOVES[from].includes(to);
}

/** How the deliveries of a notification ended, counted; skipped ones (nothing was ever attempted) are in no count. */
export type DeliveryCounts = { sent: number; failed: number; unknown: number };

/**
 * What became of a notification once no delivery is open. `skipReason` is the first skipped delivery's, or
 * `expired` where one was allowed and came too late, and is used where nothing was attempted. The closing statement in SQL says the same; a test holds the two together.
 */
export function outcomeOf(counts: DeliveryCounts, skipReason: SkipReason): NotificationStatus {
  const { sent, failed, unknown } = counts;
  if (sent > 0) return failed + unknown === 0 ? "sent" : "partially_sent";
  if (unknown > 0) return "unknown";
  if (failed > 0) return "failed";
  return skipReason === "cancelled" || skipReason === "expired" ? skipReason : "suppressed";
}
