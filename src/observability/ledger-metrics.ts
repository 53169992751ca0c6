import { codeClass } from "./code-class.ts";
import { counter, type Metrics } from "./metrics.ts";

export type ClosedDelivery = { channel: string; provider: string | null; status: string };
export type ClosedAttempt = { channel: string; provider: string; outcome: string; code: string | null };
/** What a process that closes deliveries and attempts tells of it, once it is committed. */
export type LedgerObserver = {
  deliveryClosed: (closed: ClosedDelivery) => void;
  attemptClosed: (closed: ClosedAttempt) => void;
};

export const NOBODY: LedgerObserver = { deliveryClosed: () => undefined, attemptClosed: () => undefined };

export function createLedgerMetrics({ registry }: Metrics): LedgerObserver {
  const deliveries = counter(registry, "tidings_deliveries_closed_total", "Deliveries that are over", [
    "channel",
    "provider",
    "status",
  ]);
  const attempts = counter(registry, "tidings_attempts_closed_total", "Provider calls that are over", [
    "channel",
    "provider",
    "outcome",
    "code",
  ]);
  const classOf = codeClass();
  return {
    deliveryClosed: ({ channel, provider, status }) =>
      deliveries.inc({ channel, provider: provider ?? "none", status }),
    attemptClosed: ({ channel, provider, outcome, code }) =>
      attempts.inc({ channel, provider, outcome, code: classOf(code) }),
  };
}
