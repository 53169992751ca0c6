import { randomUUID } from "node:crypto";
import type { AddressHash } from "../database/address-hash.ts";
import type { ContentKeys } from "../database/content-keys.ts";
import type { DecisionFactsStore, LoadedFacts } from "../database/decision-facts.ts";
import type { RateBookings } from "../database/rate-bookings.ts";
import type { RequestFactsStore } from "../database/request-facts.ts";
import type { SmsCaps } from "../database/sms-caps.ts";
import { type Channel, type ContentKind, contentKindOf } from "../domain/channel.ts";
import type { DeliveryDecision } from "../domain/decide-deliveries.ts";
import { decideNotification, refuseAll } from "../domain/decide-notification.ts";
import type { NotificationBody } from "../domain/notification-body.ts";
import { limitsOf, rulesFor } from "../domain/notification-rules.ts";
import { windowsFor } from "../domain/rate-limit.ts";
import { inlineAddress, userOf } from "../domain/recipient.ts";
import { expiryOf } from "../domain/schedule.ts";
import { isOverCap } from "../domain/sms-cap.ts";
import { smsSize } from "../domain/sms-segments.ts";
import type { SkipReason } from "../domain/status.ts";
import { renderContent } from "../rendering/render.ts";
import { templateVariables } from "../rendering/template-variables.ts";
import { contentHashOf } from "./content-hash.ts";
import { shownContent } from "./shown-content.ts";
import { type Checked, type CheckedRequest, checkRequest } from "./check-request.ts";
import { type NextProvider, nextProvider, type NextProviderDependencies } from "./next-provider.ts";

export type ExplainDependencies = NextProviderDependencies & {
  requestFacts: RequestFactsStore;
  decisionFacts: DecisionFactsStore;
  addressHash: AddressHash;
  bookings: RateBookings;
  contentKeys: ContentKeys;
  smsCaps: SmsCaps;
  hashBody: (body: unknown) => string;
};

export type Explanation = {
  outcome: "send" | "scheduled" | "held" | "suppressed" | "expired";
  /** The rule that decided on the whole; null where it is sent at once, or was asked for later. */
  reason: SkipReason | null;
  /** When it would be sent, where that is not now. */
  until: Date | null;
  expiresAt: Date | null;
  template: { id: string; version: number };
  channels: ExplainedChannel[];
};

type ExplainedChannel = NextProvider & {
  channel: string;
  decision: "send" | "skip";
  reason: SkipReason | null;
  /** Null where it is skipped, or the request brought the address. */
  contactId: string | null;
  content: Record<string, unknown> | null;
};

/**
 * What would become of this request now, by the same rules, with nothing sent and nothing stored.
 * @throws {ApiError} as the request itself would be refused
 */
export async function explainNotification(
  deps: ExplainDependencies,
  request: CheckedRequest,
  clientId: string,
): Promise<Explanation> {
  const { body } = request;
  const known = await deps.requestFacts.named({
    userId: userOf(body.to),
    categoryId: body.category,
    templateId: body.template,
  });
  const checked = checkRequest(deps.now(), request, known);
  const inline = inlineAddress(body.to);
  const addressHash = inline === null ? null : deps.addressHash(inline.channel, inline.address).toString("hex");
  const channels = checked.channels.flatMap((group) => group.channels);
  const facts = await deps.decisionFacts.load({
    userId: userOf(body.to),
    inline:
      inline === null || addressHash === null
        ? null
        : { channel: inline.channel, addressHash, country: inline.country },
    acceptedAt: null,
    categoryId: body.category,
    channels,
    template: checked.template,
  });
  const { now } = facts;
  const { to, locale } = body;
  const rules = rulesFor({ to, channels, ...(locale === undefined ? {} : { locale }) }, facts);
  const timing = timingOf(now, body, facts);
  const decision = decideNotification(now, timing, rules);
  const turnOf = async (channel: Channel) =>
    [channel, await nextProvider(deps, channel, facts.category.guarantee)] as const;
  const turns = new Map<string, NextProvider>(await Promise.all(channels.map(turnOf)));
  const { id, version } = checked.template;
  const explained = (deliveries: readonly DeliveryDecision[]) => ({
    expiresAt: timing.expiresAt,
    template: { id, version },
    channels: deliveries.map((delivery) => explainChannel(deps, delivery, turns, body, checked, known.user)),
  });
  if (decision.kind === "scheduled") {
    // What the channels would say if its time were now: the best guess there is.
    const { deliveries } = { deliveries: [], ...decideNotification(now, { sendAt: null, expiresAt: null }, rules) };
    return { outcome: "scheduled", reason: null, until: decision.until, ...explained(deliveries) };
  }
  if (decision.kind === "expired") return { outcome: "expired", reason: "expired", until: null, ...explained([]) };
  const { deliveries } = decision;
  const refused = (reason: SkipReason) => {
    return { outcome: "suppressed" as const, reason, until: null, ...explained(refuseAll(deliveries, reason)) };
  };
  if (decision.kind === "refused") return refused(firstReason(deliveries));
  if (await isDuplicate(deps, body, checked, facts, now)) return refused("duplicate");
  if (decision.kind === "held") {
    return { outcome: "held", reason: "quiet_hours", until: decision.until, ...explained(deliveries) };
  }
  const { limits, ...how } = limitsOf(facts, userOf(to) ?? addressHash ?? "");
  const { whole, parts } = windowsFor(
    limits,
    deliveries.flatMap((delivery) => (delivery.send ? [delivery.channel] : [])),
  );
  const placeIn = (windows: typeof whole) =>
    deps.bookings.preview({ ...how, windows, notificationId: randomUUID(), at: now, notAfter: timing.expiresAt });
  if (whole.length > 0) {
    const place = await placeIn(whole);
    if (place.kind === "refused") return refused("rate_limited");
    if (place.at > now) return { outcome: "held", reason: "rate_limited", until: place.at, ...explained(deliveries) };
  }
  let left: DeliveryDecision[] = deliveries;
  for (const { channels: bound, window } of parts) {
    const place = await placeIn([window]);
    if (place.kind === "booked" && place.at <= now) continue;
    left = left.flatMap((one) => (one.send && bound.includes(one.channel) ? refuseAll([one], "rate_limited") : [one]));
  }
  if (!left.some(({ send }) => send)) return refused("rate_limited");
  const isText = (one: DeliveryDecision) => one.send && one.channel === "sms";
  const [cap] = left.some(isText) ? await deps.smsCaps.today(clientId) : [];
  if (cap !== undefined) {
    const segments = segmentsOf(body, checked, known.user);
    left = left.flatMap((one) =>
      isText(one) && isOverCap(segments, cap) ? refuseAll([one], "sms_cap_reached") : [one],
    );
    if (!left.some(({ send }) => send)) return refused("sms_cap_reached");
  }
  return { outcome: "send", reason: null, until: null, ...explained(left) };
}

function timingOf(now: Date, body: NotificationBody, facts: LoadedFacts) {
  const sendAt = body.sendAt === undefined ? null : new Date(body.sendAt);
  const expiresAt = body.expiresAt === undefined ? null : new Date(body.expiresAt);
  const { expiresAfterMs } = facts.category;
  return { sendAt, expiresAt: expiryOf({ acceptedAt: now, sendAt, expiresAt, expiresAfterMs }) };
}

async function isDuplicate(
  deps: ExplainDependencies,
  body: NotificationBody,
  checked: Checked,
  { category }: LoadedFacts,
  now: Date,
): Promise<boolean> {
  if (category.dedupWithinMs === null) return false;
  const contentHash = contentHashOf(deps.hashBody, body, checked.template);
  return deps.contentKeys.isTaken({ categoryId: category.id, contentHash, withinMs: category.dedupWithinMs }, now);
}

function explainChannel(
  deps: ExplainDependencies,
  delivery: DeliveryDecision,
  turns: ReadonlyMap<string, NextProvider>,
  body: NotificationBody,
  { template }: Checked,
  user: Reader,
): ExplainedChannel {
  const { channel } = delivery;
  const nobody: NextProvider = { provider: null, waitsFor: null };
  const skipped = { channel, decision: "skip" as const, contactId: null, content: null, ...nobody };
  if (!delivery.send) return { ...skipped, reason: delivery.reason };
  if ((deps.channels[channel] ?? []).length === 0) return { ...skipped, reason: "no_provider" };
  const content = rendered(contentKindOf(channel), body, template, user);
  const decided = { channel, decision: "send" as const, reason: null, contactId: delivery.contactId };
  return { ...decided, content: shownContent(content), ...(turns.get(channel) ?? nobody) };
}

type Reader = Parameters<typeof templateVariables>[1];

function rendered(kind: ContentKind, body: NotificationBody, template: Checked["template"], user: Reader) {
  const locale = body.locale ?? user?.locale ?? null;
  return renderContent(template.locales, kind, locale, templateVariables(body.data, user));
}

function segmentsOf(body: NotificationBody, { template }: Checked, user: Reader): number {
  const content = rendered("sms", body, template, user);
  return content.kind === "sms" ? smsSize(content.text).segments : 0;
}

function firstReason(deliveries: readonly DeliveryDecision[]): SkipReason {
  const skipped = deliveries.find((delivery) => !delivery.send);
  return skipped?.send === false ? skipped.reason : "no_contact";
}
