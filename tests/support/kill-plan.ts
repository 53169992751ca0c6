import fc from "fast-check";
import { PROVIDER_IDS } from "../../src/config.ts";
import { type Guarantee, GUARANTEES } from "../../src/domain/guarantee.ts";

export type ProviderId = (typeof PROVIDER_IDS)[number];

/**
 * Where a send may stand when its worker dies: its attempt is open and nothing was sent; the provider has the request
 * and has not taken the message; it has taken it and has not answered; its answer was read and the attempt not closed.
 */
export const BARRIERS = ["before_call", "bytes_sent", "accepted", "answer_read"] as const;
export type Barrier = (typeof BARRIERS)[number];

export type KillPlan = {
  /** Where the sends of each provider stand at the kill. */
  barriers: Record<ProviderId, Barrier>;
  /** Whether the provider takes a message of which it has the bytes, once its sender is dead. */
  takesLate: Record<ProviderId, boolean>;
  /** Notifications at the barriers, for each way to mail. */
  notifications: Guarantee[];
  /** More of them, which no barrier stops; accepted around the kill or while there is no worker. */
  passersBy: { guarantee: Guarantee; when: "before" | "after" }[];
};

/** What a worker that is to be killed is told: the barriers of the notifications whose event IDs begin so. */
export type WorkerBarriers = { eventIds: string; barriers: Partial<Record<string, Barrier>> };
/** A send that has come to its barrier. */
export type AtBarrier = { provider: string; notificationId: string; attemptId: string };

const guarantee = fc.constantFrom(...GUARANTEES);
const each = <T>(value: fc.Arbitrary<T>) => fc.tuple(...PROVIDER_IDS.map(() => value)).map(byProvider);
const kill = fc.record({
  takesLate: each(fc.boolean()),
  // Both guarantees meet each barrier.
  notifications: fc.array(guarantee, { maxLength: 2 }).map((more) => [...GUARANTEES, ...more]),
  passersBy: fc.array(fc.record({ guarantee, when: fc.constantFrom("before" as const, "after" as const) }), {
    maxLength: 4,
  }),
});
const kills = fc.record({
  orders: each(fc.shuffledSubarray([...BARRIERS], { minLength: BARRIERS.length })),
  kills: fc.array(kill, { minLength: BARRIERS.length, maxLength: BARRIERS.length }),
});

/** As many kills as there are barriers, the same for the same seed; each provider meets each barrier once. */
export function killPlans(seed: number): KillPlan[] {
  const [plan] = fc.sample(fc.noBias(kills), { seed, numRuns: 1 });
  if (plan === undefined) throw new Error("fast-check made no sample");
  return plan.kills.map((rest, index) => ({
    ...rest,
    barriers: byProvider(PROVIDER_IDS.map((id) => plan.orders[id][index] ?? "before_call")),
  }));
}

function byProvider<T>(values: readonly T[]): Record<ProviderId, T> {
  return Object.fromEntries(PROVIDER_IDS.map((id, index) => [id, values[index]])) as Record<ProviderId, T>;
}
