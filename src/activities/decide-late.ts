import type { DecisionFactsStore } from "../database/decision-facts.ts";
import type { LatePlaces } from "../database/late-places.ts";
import type { SendJob } from "../database/send-jobs.ts";
import { limitsOf } from "../domain/notification-rules.ts";
import { quietHoursFor, quietUntil } from "../domain/quiet-hours.ts";

export type LateDependencies = { facts: DecisionFactsStore; places: LatePlaces };

export type LateDecision =
  /** `decidedAt`: when that was decided, for a later attempt to know how old it is. */
  | { kind: "send"; decidedAt: Date }
  | { kind: "hold"; until: Date; reason: "quiet_hours" | "rate_limited" }
  | { kind: "refuse"; reason: "rate_limited" };

/** A decision that is older than this is made again before an attempt: the truth at send time counts. */
const DECISION_VALID_MS = 60_000;

/**
 * What a pause, a backlog or a back-off may have overtaken, and the gate cannot see: quiet hours that have begun, and the
 * place in the rate limits, which moves to the time of sending. A place is used up by the first attempt.
 */
export async function decideLate(deps: LateDependencies, job: SendJob, now: Date): Promise<LateDecision> {
  const isFresh = now.getTime() - job.decidedAt.getTime() <= DECISION_VALID_MS;
  // What has expired is turned away by the gate.
  if (isFresh || (job.expiresAt !== null && job.expiresAt <= now)) return { kind: "send", decidedAt: job.decidedAt };
  const facts = await deps.facts.load({
    userId: job.user?.id ?? null,
    inline: null,
    acceptedAt: null,
    categoryId: job.categoryId,
    // Whom it goes to is decided; the gate asks about that contact.
    channels: [],
    template: job.template,
  });
  const quietEnd = quietUntil(now, quietHoursFor(facts), facts.userTimezone);
  if (quietEnd !== null) return { kind: "hold", until: earlier(quietEnd, job.expiresAt), reason: "quiet_hours" };
  const send: LateDecision = { kind: "send", decidedAt: now };
  if (job.notificationAttempted) return send;
  const limits = limitsOf(facts, job.user?.id ?? job.addressHash ?? "");
  if (limits.limits.length === 0) return send;
  const { notificationId, channel, openChannels: channels, expiresAt: notAfter } = job;
  const place = await deps.places.move({ limits, channel, channels, notificationId, at: now, notAfter });
  if (place.kind === "refused") return { kind: "refuse", reason: "rate_limited" };
  return place.at > now ? { kind: "hold", until: place.at, reason: "rate_limited" } : send;
}

function earlier(time: Date, limit: Date | null): Date {
  return limit !== null && limit < time ? limit : time;
}
