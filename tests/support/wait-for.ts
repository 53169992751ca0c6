import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits for a condition instead of a time: asks until the answer is neither undefined, null nor false.
 * @throws {Error} after `timeoutMs` (default 60 s: a machine may be slow), naming what was waited for
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T> | T,
  options: { timeoutMs?: number; everyMs?: number } = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const { timeoutMs = 60_000, everyMs = 50 } = options;
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<Exclude<T, false>>;
    if (performance.now() > giveUpAt) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await delay(everyMs);
  }
}
