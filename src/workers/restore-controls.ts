import type { Controls } from "../database/controls.ts";
import { CHANNELS, type Channel } from "../domain/channel.ts";
import type { Logger } from "../observability/log.ts";
import { reasonOf } from "../observability/reason-of.ts";
import { rateLimitFor, type SendQueues } from "../temporal/send-queues.ts";

/**
 * Makes Temporal hold back what the rows say, and nothing else. A change writes the row first and tells Temporal then:
 * whoever dies in between, or crosses another change, leaves the two apart; and a Temporal that was set up anew knows of
 * no pause.
 *
 * Where Temporal does not do it, that is logged and no more: the gate before each attempt asks the row anyway.
 */
export async function restoreControls(controls: Controls, queues: SendQueues, log: Logger): Promise<void> {
  const restore = async (channel: Channel) => {
    const control = await controls.channel(channel);
    if (!isSame(await queues.rateLimitOf(channel), rateLimitFor(control))) await queues.control(channel, control);
  };
  for (const channel of CHANNELS) {
    await restore(channel).catch((error: unknown) => {
      log.warn({ channel, code: reasonOf(error) }, "Temporal could not be given the pause and rate of the channel");
    });
  }
}

/** Temporal keeps rates as 32-bit floats. */
function isSame(one: number | null, other: number | null): boolean {
  return one === null || other === null ? one === other : Math.fround(one) === Math.fround(other);
}
