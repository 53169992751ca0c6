import { decideNotification, type Decision } from "./decide-notification.ts";
import { limitsOf, type LimitsOf, type RequestedReach, rulesFor, type StoredFacts } from "./notification-rules.ts";
import type { Addressee } from "./recipient.ts";
import type { Timing } from "./schedule.ts";

export type ContentKey = {
  categoryId: string;
  /** Hex; of the recipient, the template and its data. */
  contentHash: string;
  /** In milliseconds: for so long after it was decided to send it, the same content is a duplicate. */
  withinMs: number;
};

/** Everything that a decision needs but the times, and what others have taken. */
export type PreparedDecision = {
  now: Date;
  decide: (timing: Timing) => Decision;
  /** Null: the same content may be sent as often as it is asked for. */
  content: ContentKey | null;
  limits: LimitsOf;
};

/** @param contentHash absent: the request came before contents were told apart */
export function prepareDecision(
  request: RequestedReach,
  facts: StoredFacts & { now: Date },
  { userId, inline }: Addressee,
  contentHash: string | undefined,
): PreparedDecision {
  const { now, category } = facts;
  const rules = rulesFor(request, facts);
  const { id: categoryId, dedupWithinMs: withinMs } = category;
  return {
    now,
    decide: (timing) => decideNotification(now, timing, rules),
    content: withinMs === null || contentHash === undefined ? null : { categoryId, contentHash, withinMs },
    limits: limitsOf(facts, userId ?? inline?.addressHash ?? ""),
  };
}
