import type { AlertDetail, Alerts } from "../database/alerts.ts";
import type { AlertKind } from "../domain/alert.ts";
import type { Logger } from "../observability/log.ts";

/** What a process of many sends sees of one trouble is written at most so often, in milliseconds. */
const WRITE_EVERY_MS = 5_000;

export type Alarm = {
  /** Never throws and never fails: who raises an alert has something more important to do. */
  raise(kind: AlertKind, subject: string, detail?: AlertDetail): Promise<void>;
};

/**
 * Raises alerts: the first of a kind and subject at once, those that follow together with a later one. A process that
 * ends loses what it has not written, which is a count, not an alert.
 */
export function createAlarm(deps: { alerts: Alerts; monotonicNow: () => number; log: Logger }): Alarm {
  const seen = new Map<string, { times: number; writtenAt: number }>();
  return {
    async raise(kind, subject, detail = {}) {
      const key = `${kind} ${subject}`;
      const now = deps.monotonicNow();
      const known = seen.get(key);
      const times = (known?.times ?? 0) + 1;
      if (known !== undefined && now - known.writtenAt < WRITE_EVERY_MS) {
        known.times = times;
        return;
      }
      seen.set(key, { times: 0, writtenAt: now });
      try {
        await deps.alerts.raise(kind, subject, detail, times);
      } catch (error) {
        seen.set(key, { times, writtenAt: Number.NEGATIVE_INFINITY });
        deps.log.warn({ kind, subject, error: (error as Error).name }, "an alert could not be recorded");
      }
    },
  };
}
