import { setTimeout as delay } from "node:timers/promises";

/** Short at first, for a lost race; longer while a server starts, which hundreds of calls must not keep busy. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [250, 2_000];

/**
 * Repeats work that may safely run twice, while what it needs is away.
 * @param leftMs how long it may still go on, in milliseconds
 * @throws what `work` throws for any other reason, or still throws when the time is up
 */
export async function whileUnavailable<T>(
  leftMs: () => number,
  isUnavailable: (error: unknown) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      const left = leftMs();
      if (!isUnavailable(error) || left <= 0) throw error;
      await delay(Math.min(pauseMs, left));
    }
  }
}
