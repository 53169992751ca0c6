import { setTimeout as delay } from "node:timers/promises";

export type Patience = {
  /** How long to keep trying, in milliseconds. */
  forMs: number;
  /** Pause between tries, in milliseconds. */
  everyMs: number;
};

/**
 * Repeats work that may safely run twice, while what it needs is away.
 * @throws what `work` throws for any other reason, or still throws when patience ends
 */
export async function whileUnavailable<T>(
  patience: Patience,
  isUnavailable: (error: unknown) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  const giveUpAt = performance.now() + patience.forMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error) || performance.now() >= giveUpAt) throw error;
      await delay(patience.everyMs);
    }
  }
}
