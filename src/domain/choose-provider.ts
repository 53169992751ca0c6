import type { Guarantee } from "./guarantee.ts";

/** What is known of one provider of a channel before an attempt of a delivery. */
export type ProviderFacts = {
  provider: string;
  paused: boolean;
  /** `probe`: open, and it is time that an attempt finds out whether the provider works again. */
  breaker: "closed" | "open" | "probe";
  /** It will not take this delivery. */
  refused: boolean;
  /** How often it was called for this delivery. */
  calls: number;
  /** How often that failed in a way in which another provider may do better. */
  setbacks: number;
  /** Not to be asked again about this delivery before. */
  againAt: Date | null;
  /** The last attempt was its, and nobody knows whether it took the message. */
  inDoubt: boolean;
};

/** Why a provider takes no attempt now. */
type Unfitness = "refused" | "paused" | "breaker_open" | "backing_off";

export type ProviderChoice =
  | {
      kind: "take";
      /** Tried first, where not null: it takes the attempt if no other attempt probes it at the moment. */
      probe: string | null;
      /** Takes the attempt otherwise. */
      provider: string | null;
    }
  /** `not_ready`: some wait for a probe or a time; `paused`: an operator has the word; `no_provider`: all have refused. */
  | { kind: "none"; why: "not_ready" | "paused" | "no_provider" };

/**
 * Which of a channel's providers takes the next attempt: of those that can, the first in order among those that have
 * failed this delivery least. After an attempt in doubt it is the same one as long as it can: a second message of the
 * same sender is the smaller evil.
 *
 * The gate decides this in SQL, as the attempt opens (src/database/provider-choice-sql.ts); a test holds the two together.
 */
export function chooseProvider(providers: readonly ProviderFacts[], guarantee: Guarantee, at: Date): ProviderChoice {
  const doubted = providers.find(keepsDoubt);
  const able = (doubted === undefined ? providers : [doubted])
    .filter((facts) => unfitness(facts, at) === null)
    .toSorted((one, other) => one.setbacks - other.setbacks);
  const standby = able.find(({ breaker }) => breaker === "closed")?.provider ?? null;
  const [first] = able;
  if (first !== undefined) {
    // A probe may end in doubt, and what is sent at most once would then be given up.
    const probes = first.breaker === "probe" && !(guarantee === "at_most_once" && standby !== null);
    return { kind: "take", probe: probes ? first.provider : null, provider: standby };
  }
  if (providers.every(({ refused }) => refused)) return { kind: "none", why: "no_provider" };
  return { kind: "none", why: providers.some((facts) => mayComeBack(facts, at)) ? "not_ready" : "paused" };
}

/** In how many milliseconds one of these providers may be asked, at the earliest; null where none can be by itself. */
export function nextTurnInMs(providers: readonly ProviderFacts[], at: Date): number | null {
  const doubted = providers.find(keepsDoubt);
  const times = (doubted === undefined ? providers : [doubted])
    .filter(({ refused, paused, breaker }) => !refused && !paused && breaker !== "open")
    .map(({ againAt }) => Math.max(0, (againAt?.getTime() ?? 0) - at.getTime()));
  return times.length === 0 ? null : Math.min(...times);
}

function keepsDoubt({ inDoubt, refused, paused, breaker }: ProviderFacts): boolean {
  return inDoubt && !refused && !paused && breaker === "closed";
}

function unfitness(facts: ProviderFacts, at: Date): Unfitness | null {
  if (facts.refused) return "refused";
  if (facts.paused) return "paused";
  if (facts.breaker === "open") return "breaker_open";
  return facts.againAt !== null && facts.againAt > at ? "backing_off" : null;
}

function mayComeBack(facts: ProviderFacts, at: Date): boolean {
  const reason = unfitness(facts, at);
  return reason === "breaker_open" || reason === "backing_off";
}
