import type { Controls } from "../database/controls.ts";
import type { ProviderStates } from "../database/provider-states.ts";
import type { Channel } from "../domain/channel.ts";
import { chooseProvider } from "../domain/choose-provider.ts";
import type { Guarantee } from "../domain/guarantee.ts";

export type NextProviderDependencies = {
  controls: Pick<Controls, "channel">;
  providerStates: ProviderStates;
  /** The providers that are configured, by channel. */
  channels: Record<string, readonly string[]>;
  now: () => Date;
};

export type NextProvider = {
  /** Whose turn it would be; null where none is ready. */
  provider: string | null;
  /** What it would wait for; null where it would not. */
  waitsFor: "channel_paused" | "providers_paused" | "providers_failing" | null;
};

/** Which provider a new delivery of this channel would go to now, by the same rule as at the gate. */
export async function nextProvider(
  deps: NextProviderDependencies,
  channel: Channel,
  guarantee: Guarantee,
): Promise<NextProvider> {
  const [control, states] = await Promise.all([
    deps.controls.channel(channel),
    deps.providerStates.of(deps.channels[channel] ?? []),
  ]);
  const untried = { refused: false, calls: 0, setbacks: 0, againAt: null, inDoubt: false };
  const facts = states.map(({ provider, paused, breaker }) => ({ provider, paused, breaker, ...untried }));
  const choice = chooseProvider(facts, guarantee, deps.now());
  if (choice.kind === "none") {
    return { provider: null, waitsFor: choice.why === "paused" ? "providers_paused" : "providers_failing" };
  }
  if (control.paused) return { provider: null, waitsFor: "channel_paused" };
  return { provider: choice.probe ?? choice.provider, waitsFor: null };
}
