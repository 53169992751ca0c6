import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../observability/log.ts";
import { reasonOf } from "../observability/reason-of.ts";

const AGAIN_AFTER_MS = 2_000;

/**
 * Repeats `work` while what it needs is away, since the services of a stack start in any order. Null where this process
 * was told to stop first.
 * @throws what `work` throws for any other reason
 */
export async function patiently<T>(
  needed: { name: string; isAway: (error: unknown) => boolean },
  context: { log: Logger; stop: AbortSignal },
  work: () => Promise<T>,
): Promise<T | null> {
  while (!context.stop.aborted) {
    try {
      return await work();
    } catch (error) {
      if (!needed.isAway(error)) throw error;
      // The reason is in the sentence too: the launcher shows no more of a line than that.
      const code = reasonOf(error);
      const again = `trying again every ${AGAIN_AFTER_MS / 1_000} seconds`;
      context.log.warn({ dependency: needed.name, code }, `${needed.name} is away (${code}); ${again}`);
      // Told to stop meanwhile: the loop's condition sees it.
      await delay(AGAIN_AFTER_MS, undefined, { signal: context.stop }).catch(() => undefined);
    }
  }
  return null;
}
