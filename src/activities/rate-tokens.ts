import type { RateLeases } from "../database/rate-leases.ts";

/** A limit on calls, shared by all workers. */
export type Rate = { bucket: string; perSecond: number };

export type RateTokens = ReturnType<typeof createRateTokens>;

/** So much of a second is leased at a time: less work for the database, and little lost when a worker dies. */
const SLICE_MS = 100;
/** A call is not promised further ahead than this; it keeps one of the worker's slots while it waits. */
const HORIZON_MS = 5_000;
/** Tokens of a lease are no longer used so long after their time: calls must not gather into a burst. */
const STALE_AFTER_MS = 1_000;

type Lease = { nextAt: number; left: number };

/** Permissions for rated calls, leased ahead from the database and handed out one by one in this process. */
export function createRateTokens(deps: {
  leases: RateLeases;
  monotonicNow: () => number;
  delay: (ms: number) => Promise<unknown>;
}) {
  const buckets = new Map<string, { lease: Lease; turn: Promise<unknown> }>();

  return {
    /**
     * Waits until a call within all of these rates may be made, at most a few seconds.
     * @returns false where the rates are booked further ahead: come back later
     */
    async take(rates: readonly Rate[]): Promise<boolean> {
      let at = 0;
      for (const rate of rates) {
        const token = (await tokenOf(rate)) ?? (await deps.delay(HORIZON_MS).then(() => tokenOf(rate)));
        if (token === null) return false;
        at = Math.max(at, token);
      }
      const wait = at - deps.monotonicNow();
      if (wait > 0) await deps.delay(wait);
      return true;
    },
  };

  /** When the call may be made, on the monotonic clock. One at a time per bucket, so that a lease is shared. */
  function tokenOf(rate: Rate): Promise<number | null> {
    const bucket = buckets.get(rate.bucket) ?? { lease: { nextAt: 0, left: 0 }, turn: Promise.resolve() };
    buckets.set(rate.bucket, bucket);
    const token = bucket.turn.then(() => nextToken(bucket, rate));
    bucket.turn = token.catch(() => undefined);
    return token;
  }

  async function nextToken(bucket: { lease: Lease }, { bucket: name, perSecond }: Rate): Promise<number | null> {
    const spacingMs = 1_000 / perSecond;
    const now = deps.monotonicNow();
    if (bucket.lease.left === 0 || bucket.lease.nextAt < now - STALE_AFTER_MS) {
      const count = Math.max(1, Math.floor(SLICE_MS / spacingMs));
      const startsInMs = await deps.leases.lease(name, count * spacingMs, HORIZON_MS);
      if (startsInMs === null) return null;
      bucket.lease = { nextAt: deps.monotonicNow() + startsInMs, left: count };
    }
    const token = bucket.lease.nextAt;
    bucket.lease = { nextAt: token + spacingMs, left: bucket.lease.left - 1 };
    return token;
  }
}
