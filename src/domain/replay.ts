import { type Channel, type ChannelWord, contentKindOf, type ContentKind } from "./channel.ts";
import type { DeliveryDecision } from "./decide-deliveries.ts";
import type { SkipReason } from "./status.ts";

/** Notifications that ended without having arrived everywhere. Those that somebody cancelled are none. */
export const DEAD_STATUSES = ["failed", "unknown", "partially_sent"] as const;
export type DeadStatus = (typeof DEAD_STATUSES)[number];

/**
 * Why a notification is not sent again. The first that fits, in this order:
 * - `not_found`: this client has none of this id.
 * - `already_replayed`: another replay has taken it, and may have sent it.
 * - `not_final`: it is being sent, or was when the replay was asked for.
 * - `cancelled`: nothing follows a cancel.
 * - `delivered`: it has been sent.
 * - `not_failed`: nothing was ever attempted, since a rule said no.
 * - `content_gone`: what was to be sent is not kept any more.
 * - `accept_duplicate_needed`: it may have arrived, its category promises at most once, and nobody said to risk it.
 * - `nothing_to_repeat`: no delivery of it can be sent again.
 * - `expired`: the request's own `expiresAt` has passed, and the replay gives no other.
 */
export const REPLAY_REFUSALS = [
  "not_found",
  "already_replayed",
  "not_final",
  "cancelled",
  "delivered",
  "not_failed",
  "content_gone",
  "accept_duplicate_needed",
  "nothing_to_repeat",
  "expired",
] as const;
export type ReplayRefusal = (typeof REPLAY_REFUSALS)[number];

/** How far a replay has come. A cancelled one leaves the rest as it is. */
export const REPLAY_STATUSES = ["running", "finished", "cancelled"] as const;
export type ReplayStatus = (typeof REPLAY_STATUSES)[number];

/** A delivery of a notification that is replayed, as its last generation left it. */
export type PastDelivery = {
  deliveryId: string;
  channel: ChannelWord;
  contactId: string | null;
  /** It did not arrive, or may be risked to arrive twice. */
  repeatable: boolean;
};

export type RepeatedDelivery = { deliveryId: string; channel: Channel; contactId: string | null };
export type RefusedDelivery = { deliveryId: string; channel: ChannelWord; reason: SkipReason };
export type Repetition = { again: RepeatedDelivery[]; refused: RefusedDelivery[] };

/**
 * Which deliveries of a replayed notification are sent again, by what is decided about it now. A replay makes no new
 * ones: each that failed goes once more to its own contact, or, where that is not chosen any more, to one of the same
 * kind that has taken its place. What has arrived stays as it is.
 */
export function deliveriesToRepeat(past: readonly PastDelivery[], decided: readonly DeliveryDecision[]): Repetition {
  const allowed = decided.filter((decision) => decision.send);
  const isOf = (delivery: PastDelivery, to: { channel: Channel; contactId: string | null }) =>
    delivery.channel === to.channel && delivery.contactId === to.contactId;
  const repeatable = past.filter((delivery) => delivery.repeatable);
  const vacant = allowed.filter((to) => !past.some((delivery) => isOf(delivery, to)));
  const again: RepeatedDelivery[] = [];
  const refused: RefusedDelivery[] = [];
  for (const delivery of repeatable) {
    const { deliveryId, channel } = delivery;
    const kind = contentKindOf(channel);
    const own = allowed.find((to) => isOf(delivery, to));
    const next = own ?? vacant.splice(indexOfKind(vacant, kind), 1)[0];
    if (next !== undefined) again.push({ deliveryId, channel: next.channel, contactId: next.contactId });
    else refused.push({ deliveryId, channel, reason: reasonFor(kind, decided) });
  }
  return { again, refused };
}

/** For `splice`, which takes nothing from beyond the end. */
function indexOfKind(decisions: readonly { channel: Channel }[], kind: ContentKind): number {
  const index = decisions.findIndex(({ channel }) => contentKindOf(channel) === kind);
  return index === -1 ? decisions.length : index;
}

/** What a rule says of this kind of channel now; its contact is gone where none says anything. */
function reasonFor(kind: ContentKind, decided: readonly DeliveryDecision[]): SkipReason {
  const skipped = decided.find((decision) => !decision.send && contentKindOf(decision.channel) === kind);
  return skipped?.send === false ? skipped.reason : "no_contact";
}
