import type { Guarantee } from "../../src/domain/guarantee.ts";
import type { SandboxMessage } from "../../src/sandbox/message.ts";
import type { Notification } from "./system.ts";

export type AttemptRow = {
  id: string;
  deliveryId: string;
  number: number;
  provider: string;
  outcome: string | null;
  code: string | null;
  closedAt: Date | null;
};

/** What is known of one delivery: what the API says, the attempts in the database, the messages that were taken. */
export type DeliveryFacts = {
  eventId: string;
  guarantee: Guarantee;
  delivery: Notification["deliveries"][number];
  /** By number. */
  attempts: readonly AttemptRow[];
  messages: readonly SandboxMessage[];
};

/** What has to be true, and what it is called where it is not. */
type Claim = [holds: boolean, otherwise: string];

/**
 * Where a delivery that nobody refuses is not what its guarantee promises, or what is recorded of it is not what
 * happened; a sentence each.
 */
export function contradictions(facts: DeliveryFacts): string[] {
  const { eventId, guarantee, delivery, attempts, messages } = facts;
  const last = attempts.at(-1)?.outcome ?? "no attempt";
  const claims: Claim[] = [
    [delivery.attempts === attempts.length, `the API tells of ${delivery.attempts} attempts, not ${attempts.length}`],
    [delivery.status === last, `it is ${delivery.status} after ${last}`],
    ...attempts.flatMap((attempt) => claimsOf(attempt, messages)),
    ...(guarantee === "at_most_once" ? atMostOnce(facts) : atLeastOnce(facts)),
  ];
  return claims
    .filter(([holds]) => !holds)
    .map(([, otherwise]) => `${eventId} by ${delivery.channel}, ${guarantee}: ${otherwise}`);
}

/** One attempt is one call: it has left one message or none, and where its outcome says which, then that. */
function claimsOf({ id, number, outcome, provider }: AttemptRow, messages: readonly SandboxMessage[]): Claim[] {
  const taken = messages.filter(({ attemptId }) => attemptId === id);
  const possible = outcome === "sent" ? [1] : outcome === "unknown" ? [0, 1] : [0];
  return [
    [outcome !== null, `attempt ${number} is open`],
    [possible.includes(taken.length), `attempt ${number} is ${outcome} and left ${taken.length} messages`],
    [taken.every((message) => message.provider === provider), `attempt ${number} was not by ${provider}`],
  ];
}

function atMostOnce({ delivery, attempts, messages }: DeliveryFacts): Claim[] {
  const beforeLast = attempts.slice(0, -1);
  return [
    [messages.length <= 1, `${messages.length} messages`],
    [!beforeLast.some(({ outcome }) => outcome === "unknown" || outcome === "sent"), "sent again in spite of a doubt"],
    [["sent", "unknown"].includes(delivery.status), `it is ${delivery.status}`],
  ];
}

function atLeastOnce({ delivery, attempts }: DeliveryFacts): Claim[] {
  const withOutcome = (word: string) => attempts.filter(({ outcome }) => outcome === word).length;
  return [
    [delivery.status === "sent", `it is ${delivery.status}`],
    // So every other message is of an attempt that is `unknown`: the others have left none.
    [withOutcome("sent") === 1, `${withOutcome("sent")} attempts are said to be sent`],
    [delivery.possibleDuplicate === withOutcome("unknown") > 0, `possibleDuplicate is ${delivery.possibleDuplicate}`],
  ];
}
