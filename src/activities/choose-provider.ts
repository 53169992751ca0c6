import type { SendJob } from "../database/send-jobs.ts";
import type { Channel } from "../domain/channel.ts";
import type { Provider } from "../providers/provider.ts";
import type { Rate } from "./rate-tokens.ts";

/** Those that serve the channel, in the order of the configuration. */
export function providersOf(providers: readonly Provider[], channel: Channel): Provider[] {
  return providers.filter(({ channels }) => channels.includes(channel));
}

/**
 * Which providers the gate may choose from, and the rates that a call must keep. A rate is one provider's own, so where
 * there is one, it is settled before the gate whose turn it is: the first that is not paused.
 */
export function choose(
  job: SendJob,
  providers: readonly Provider[],
): { candidates: readonly Provider[]; rates: Rate[] } {
  const controlOf = (provider: Provider) => job.providerControls.find((control) => control.provider === provider.id);
  const channelRate =
    job.channelRate === null ? [] : [{ bucket: `channel:${job.channel}`, perSecond: job.channelRate }];
  const ready = providers.find((provider) => controlOf(provider)?.paused !== true);
  const perSecond = ready === undefined ? null : (controlOf(ready)?.ratePerSecond ?? null);
  if (ready === undefined || perSecond === null) return { candidates: providers, rates: channelRate };
  return { candidates: [ready], rates: [...channelRate, { bucket: `provider:${ready.id}`, perSecond }] };
}
