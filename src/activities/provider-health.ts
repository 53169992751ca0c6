import type { CallCounts, ProbeResult, ProviderBreakers } from "../database/provider-breakers.ts";
import type { CallHealth } from "../domain/breaker-policy.ts";
import type { Logger } from "../observability/log.ts";
import { traceOf } from "../observability/trace-of.ts";

export type EndedCall = {
  provider: string;
  attemptId: string;
  /** Of the breaker, as the attempt opened. */
  epoch: number;
  probe: boolean;
  health: CallHealth;
};

export type ProviderHealth = ReturnType<typeof createProviderHealth>;

const FLUSH_AFTER_MS = 1_000;

/**
 * What this process's calls say of the providers' health. They are counted here and told to the database once a second,
 * where the breaker is, which all workers share; what a probe says is told at once. Nothing waits for that, and what a
 * process that dies has not told is lost: the lease of a probe passes on, and failures come again.
 */
export function createProviderHealth(deps: { breakers: ProviderBreakers; log: Logger }) {
  const { breakers, log } = deps;
  const known = new Set<string>();
  let untold = new Map<string, CallCounts>();
  let timer: NodeJS.Timeout | null = null;

  return {
    note(call: EndedCall): void {
      if (call.probe) void tellProbe(call);
      else if (call.health !== null) count(call.provider, call.epoch, call.health === "failing");
    },
  };

  function count(provider: string, epoch: number, failed: boolean): void {
    const key = `${provider} ${epoch}`;
    const before = untold.get(key) ?? { provider, epoch, calls: 0, failures: 0 };
    untold.set(key, { ...before, calls: before.calls + 1, failures: before.failures + (failed ? 1 : 0) });
    // Does not keep a process alive that has nothing else to do.
    timer ??= setTimeout(() => void flush(), FLUSH_AFTER_MS).unref();
  }

  async function flush(): Promise<void> {
    timer = null;
    const counts = [...untold.values()];
    untold = new Map();
    for (const entry of counts) await told(entry.provider, () => tellCounts(entry));
  }

  async function tellCounts(counts: CallCounts): Promise<void> {
    const { provider } = counts;
    if (!known.has(provider)) await breakers.ensure(provider);
    known.add(provider);
    const opened = await breakers.count(counts);
    if (opened !== null) log.warn({ provider, ...opened }, "the provider is failing: its breaker is open");
  }

  async function tellProbe({ provider, attemptId, health }: EndedCall): Promise<void> {
    const result: ProbeResult = health ?? "released";
    await told(provider, async () => {
      const ended = await breakers.endProbe(provider, attemptId, result);
      if (ended === null) return; // its lease had passed on
      if (ended.closed) log.warn({ provider }, "the provider works again: its breaker is closed");
      else log.info({ provider, result }, "a probe has ended: the provider's breaker stays open");
    });
  }

  /** Without it sending goes on all the same; where the database is away, nothing is sent anyway. */
  async function told(provider: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.warn({ provider, ...traceOf(error) }, "the provider's health could not be recorded");
    }
  }
}
