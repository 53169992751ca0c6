import { codeClass } from "./code-class.ts";
import { counter, gauge, histogram, type Metrics } from "./metrics.ts";

/** How a call to an endpoint ended: `failed` is made again. `lagMs`: since the event occurred, once it was taken. */
export type OutboundObserver = (ended: {
  result: "delivered" | "failed" | "given_up";
  code: string;
  lagMs: number | null;
}) => void;

export function createOutboundMetrics(
  { registry, beforeScrape }: Metrics,
  overdue: () => Promise<{ messages: number; oldestSeconds: number }>,
): OutboundObserver {
  const calls = counter(registry, "tidings_outbound_calls_total", "Calls to endpoints of clients", ["result", "code"]);
  const lag = histogram(
    registry,
    "tidings_outbound_lag_seconds",
    "From an event to the answer that took it",
    [],
    [0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200, 86_400],
  );
  const waiting = gauge(registry, "tidings_outbound_overdue", "Events that are due and not taken by a worker", []);
  const age = gauge(registry, "tidings_outbound_overdue_age_seconds", "For how long the oldest of them has been", []);
  beforeScrape(async () => {
    const { messages, oldestSeconds } = await overdue();
    waiting.set(messages);
    age.set(oldestSeconds);
  });
  const classOf = codeClass();
  return ({ result, code, lagMs }) => {
    calls.inc({ result, code: classOf(code) });
    if (lagMs !== null) lag.observe(lagMs / 1_000);
  };
}
