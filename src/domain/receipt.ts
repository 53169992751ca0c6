import type { Channel } from "./channel.ts";
import { canMoveDelivery, type DeliveryStatus } from "./status.ts";

/** What a provider tells later about a message that it took. All but `unsubscribed` are statuses of a delivery. */
export const RECEIPT_TYPES = [
  "sent",
  "delivered",
  "opened",
  "clicked",
  "failed",
  "bounced",
  "complained",
  "unsubscribed",
] as const;
export type ReceiptType = (typeof RECEIPT_TYPES)[number];

/** Stands where a provider's name does, for what no provider tells: pixels, links and apps, by our own tokens. */
export const OWN_SOURCE = "tidings";

/** Providers that report on each part of a long text by itself. */
export const REPORTING_PARTS = ["vonage"] as const;

/** The key of a receipt of our own: of each attempt and type there is one, however often somebody looks or clicks. */
export function ownEventKey(type: ReceiptType, attemptId: string): string {
  return `${type}:${attemptId}`;
}

/** What follows for the address: a dead one of a contact is deactivated, one that wants nothing from us suppressed. */
export type AddressMark = "deactivate" | "suppress";

/** One event, as a provider tells it. */
export type Receipt = {
  /** The provider's own name for the event, the same each time it is told; at most 200 characters. */
  key: string;
  type: ReceiptType;
  /** The provider's stable code: never a text or an address. */
  code: string | null;
  mark: AddressMark | null;
  /** By the provider's clock. */
  occurredAt: Date | null;
  /** The attempt, where the provider brings our own id back; a uuid. */
  attemptId: string | null;
  /** As it was given when the provider took the message. */
  providerMessageId: string | null;
};

/** Somebody told the provider that they want nothing from us any more, or that they do again. */
export type OptOut = { key: string; type: "opted_out" | "opted_in"; channel: Channel; address: string };

export type ProviderEvent = Receipt | OptOut;

export function isOptOut(event: ProviderEvent): event is OptOut {
  return event.type === "opted_out" || event.type === "opted_in";
}

/** The messages that these are about have not arrived. Later attempts may have. */
const BAD_NEWS: ReadonlySet<ReceiptType> = new Set(["failed", "bounced"]);

/** How an attempted delivery counts in its notification's outcome. */
export type Verdict = "sent" | "failed" | "unknown";

/** The delivery as its locked row says. */
export type DeliveryFacts = {
  status: DeliveryStatus;
  /** That a provider took it is certain; from then on it counts as sent, even where it bounces. */
  certainlySent: boolean;
  /** Another attempt than the receipt's is in the middle of its call. */
  calling: boolean;
};

export type ReportedAttempt = {
  /** Parts of it that are not known to be delivered, the receipt's own aside. */
  partsLeft: number;
  /** No later attempt of the delivery was made. */
  latest: boolean;
  /** Its call has not ended yet. */
  open: boolean;
  /** The provider took some parts of it and refused others. */
  partly: boolean;
  /** The provider has said that it did not take it. */
  refused: boolean;
  /** An earlier attempt of the delivery may have arrived. */
  doubted: boolean;
};

/**
 * - `move`: the delivery is closed, and goes to this status if it is another one.
 * - `close`: it is open, waiting for a retry or for the answer to its call, and ends, since there is nothing to wait
 *   for; then it moves.
 * - `wait`: a call of another attempt is under way. It is noted that the delivery was sent, so that no retry follows;
 *   the receipt has its effect once that call has ended.
 * - `defer`: it has its effect once the call has ended, and says nothing until then.
 * - `note`: it says nothing about the delivery that is not known better.
 */
export type ReceiptEffect =
  | { kind: "move"; status: DeliveryStatus; certainlySent: boolean; from: Verdict; to: Verdict }
  | { kind: "close"; as: "sent" | "unknown" }
  | { kind: "wait" }
  | { kind: "defer" }
  | { kind: "note" };

/**
 * What a receipt says of the whole text: it is delivered when its last part is, for until then a phone shows none of it,
 * and it has failed as soon as one part has.
 */
export function ofTheWhole(type: ReceiptType, { partsLeft }: Pick<ReportedAttempt, "partsLeft">): ReceiptType {
  return type === "delivered" && partsLeft > 0 ? "sent" : type;
}

/** What a receipt does to its delivery. Asked again after `close`, it answers with the move. */
export function effectOf(told: ReceiptType, attempt: ReportedAttempt, delivery: DeliveryFacts): ReceiptEffect {
  const type = ofTheWhole(told, attempt);
  // A piece that arrived is not the text, and what becomes of one says nothing about the rest.
  if (type === "unsubscribed" || attempt.partly) return { kind: "note" };
  const bad = BAD_NEWS.has(type);
  // Each attempt is a message of its own: what became of an earlier one says nothing about the last one. That a provider
  // did not take this one is known from its answer, and what follows from it is decided.
  if (bad && (!attempt.latest || attempt.refused)) return { kind: "note" };
  const { status } = delivery;
  if (status === "pending" || status === "sending") {
    // It is sent again, by a replay, and that attempt is still to come.
    if (bad && status === "pending") return { kind: "note" };
    if (delivery.calling) return { kind: "wait" };
    // Some providers report what they refuse, too: the answer says which it was.
    if (type === "failed" && attempt.open) return { kind: "defer" };
    // Whoever reports on a message that is being handed over has taken it.
    return { kind: "close", as: bad && !attempt.open ? "unknown" : "sent" };
  }
  if (bad && attempt.doubted && !delivery.certainlySent) return { kind: "note" };
  const from = verdictOf(status, delivery.certainlySent);
  if (from === null) return { kind: "note" };
  const certainlySent = delivery.certainlySent || !bad;
  const next = canMoveDelivery(status, type) ? type : status;
  return { kind: "move", status: next, certainlySent, from, to: verdictOf(next, certainlySent) ?? from };
}

/**
 * The same of a pixel or a link of a mail. Scanners load both while the mail is being handed over, and may have it
 * refused then, for now or for good: so this keeps nobody from trying again, and ends nothing. What a provider did not
 * take, nobody has read.
 */
export function effectOfReading(type: ReceiptType, attempt: ReportedAttempt, delivery: DeliveryFacts): ReceiptEffect {
  if (delivery.status === "pending" || delivery.status === "sending") return { kind: "defer" };
  return attempt.refused ? { kind: "note" } : effectOf(type, attempt, delivery);
}

/** Null for a delivery that no provider was to take. */
function verdictOf(status: DeliveryStatus, certainlySent: boolean): Verdict | null {
  if (status === "suppressed" || status === "cancelled" || status === "expired") return null;
  if (certainlySent) return "sent";
  return status === "unknown" ? "unknown" : "failed";
}
