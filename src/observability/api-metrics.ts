import { counter, gauge, histogram, type Metrics } from "./metrics.ts";

export type MeasuredRequest = { method: string; route: string | null; status: number; seconds: number };
export type QueueCounts = { queue: string; backlog: number; backlogAgeSeconds: number; workers: number };
/** The pixel of a mail, a link of it, and what an app tells of a push. */
export type EngagementKind = "open" | "click" | "push_acknowledged" | "push_opened";
export type ApiMetrics = ReturnType<typeof createApiMetrics>;

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What only the API process counts. */
export function createApiMetrics({ registry, beforeScrape }: Metrics) {
  const requests = histogram(
    registry,
    "tidings_http_request_duration_seconds",
    "Requests by route and status",
    ["method", "route", "status"],
    BUCKETS,
  );
  const notifications = counter(registry, "tidings_notifications_total", "Requests to send that were taken", [
    "result",
  ]);
  const webhooks = counter(registry, "tidings_webhooks_total", "Webhooks of providers: taken, or why not", [
    "provider",
    "result",
  ]);
  const engagements = counter(registry, "tidings_engagements_total", "Opens and clicks that our own tokens tell of", [
    "kind",
    "result",
  ]);
  return {
    /** `forged`: not by a token of ours. `lost`: it could not be stored. */
    engagement(kind: EngagementKind, result: "taken" | "forged" | "lost"): void {
      engagements.inc({ kind, result });
    },
    /** `taken`, or why it was refused. */
    webhook(provider: string, result: string): void {
      webhooks.inc({ provider, result });
    },
    request({ method, route, status, seconds }: MeasuredRequest): void {
      const labels = { method: METHODS.has(method) ? method : "other", route: route ?? "none", status };
      requests.observe(labels, seconds);
    },
    notification(result: "accepted" | "replayed"): void {
      notifications.inc({ result });
    },
    /** Of all workers together, as Temporal counts it: asked for here and nowhere else. */
    watchQueues(stats: () => Promise<QueueCounts[]>): void {
      const backlog = gauge(registry, "tidings_queue_backlog", "Tasks that wait in a queue", ["queue"]);
      const age = gauge(registry, "tidings_queue_backlog_age_seconds", "Age of the oldest one", ["queue"]);
      const workers = gauge(registry, "tidings_queue_workers", "Processes that ask a queue for work", ["queue"]);
      beforeScrape(async () => {
        for (const metric of [backlog, age, workers]) metric.reset();
        for (const counts of await stats()) {
          const { queue } = counts;
          backlog.set({ queue }, counts.backlog);
          age.set({ queue }, counts.backlogAgeSeconds);
          workers.set({ queue }, counts.workers);
        }
      });
    },
  };
}
