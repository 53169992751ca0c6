import type { Controls } from "../database/controls.ts";
import { CHANNELS } from "../domain/channel.ts";
import { rateLimitFor, type SendQueues } from "../temporal/send-queues.ts";

/**
 * Makes Temporal hold back what the rows say, and nothing else. A change writes the row first and tells Temporal then:
 * whoever dies in between, or crosses another change, leaves the two apart; and a Temporal that was set up anew knows of
 * no pause.
 */
export async function restoreControls(controls: Controls, queues: SendQueues): Promise<void> {
  for (const channel of CHANNELS) {
    const control = await controls.channel(channel);
    if (!isSame(await queues.rateLimitOf(channel), rateLimitFor(control))) await queues.control(channel, control);
  }
}

/** Temporal keeps rates as 32-bit floats. */
function isSame(one: number | null, other: number | null): boolean {
  return one === null || other === null ? one === other : Math.fround(one) === Math.fround(other);
}
