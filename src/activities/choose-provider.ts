import type { SendJob } from "../database/send-jobs.ts";
import type { Channel } from "../domain/channel.ts";
import { chooseProvider, type ProviderFacts } from "../domain/choose-provider.ts";
import type { Provider } from "../providers/provider.ts";
import type { Rate } from "./rate-tokens.ts";

/** Those that serve the channel, in the order of the configuration. */
export function providersOf(providers: readonly Provider[], channel: Channel): Provider[] {
  return providers.filter(({ channels }) => channels.includes(channel));
}

/** What was known of these providers when the job was loaded. The gate decides on what is true then. */
export function providerFacts(job: SendJob, providers: readonly Provider[]): ProviderFacts[] {
  return providers.map(({ id }) => {
    const said = job.setbacks.find(({ provider }) => provider === id);
    return {
      provider: id,
      paused: controlOf(job, id)?.paused === true,
      breaker: job.openBreakers.find(({ provider }) => provider === id)?.breaker ?? "closed",
      refused: said?.refused ?? false,
      calls: said?.calls ?? 0,
      setbacks: said?.setbacks ?? 0,
      againAt: said?.againAt ?? null,
      inDoubt: job.lastInDoubt && job.lastProvider === id,
    };
  });
}

/** How long the one that was taken for broken last has been, in milliseconds; 0 where none is. */
export function brokenForMs(job: SendJob, providers: readonly Provider[]): number {
  const open = job.openBreakers.filter(({ provider }) => providers.some(({ id }) => id === provider));
  return open.length === 0 ? 0 : Math.min(...open.map(({ openForMs }) => openForMs));
}

/**
 * The rates that a call must keep. A rate is one provider's own, so whose turn it will be is foreseen here, before the
 * gate decides; whoever has a rate that was not asked for is barred there.
 */
export function ratesToKeep(job: SendJob, providers: readonly Provider[]): { rates: Rate[]; barred: string[] } {
  const choice = chooseProvider(providerFacts(job, providers), job.guarantee, job.now);
  const foreseen = choice.kind === "take" ? (choice.probe ?? choice.provider) : null;
  const rates = job.channelRate === null ? [] : [{ bucket: `channel:${job.channel}`, perSecond: job.channelRate }];
  const rateOf = (id: string) => controlOf(job, id)?.ratePerSecond ?? null;
  const perSecond = foreseen === null ? null : rateOf(foreseen);
  if (perSecond !== null) rates.push({ bucket: `provider:${foreseen}`, perSecond });
  const barred = providers.map(({ id }) => id).filter((id) => id !== foreseen && rateOf(id) !== null);
  return { rates, barred };
}

function controlOf(job: SendJob, id: string): SendJob["providerControls"][number] | undefined {
  return job.providerControls.find(({ provider }) => provider === id);
}
