import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks again until the answer is true.
 * @throws the signal's reason once it is aborted, and whatever `condition` throws
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  options: { everyMs?: number; signal: AbortSignal },
): Promise<void> {
  for (;;) {
    options.signal.throwIfAborted();
    if (await condition()) return;
    await delay(options.everyMs ?? 50, undefined, { signal: options.signal }).catch(() => {
      // Aborted: the next turn throws the reason instead of delay's own error.
    });
  }
}
