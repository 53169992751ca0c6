import type { Controls } from "../database/controls.ts";
import type { SendJob } from "../database/send-jobs.ts";
import type { Provider } from "../providers/provider.ts";
import { providersOf } from "./choose-provider.ts";

/** Of the time since then, how long somebody had paused it, in milliseconds. */
export function pausedMs(
  { controls, providers }: { controls: Pick<Controls, "pausedMs">; providers: readonly Provider[] },
  { channel }: SendJob,
  since: Date,
): Promise<number> {
  const ids = providersOf(providers, channel).map(({ id }) => id);
  return controls.pausedMs(channel, ids, since);
}
