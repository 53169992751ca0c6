import type { Alerts, UntoldAlert } from "../database/alerts.ts";
import type { Logger } from "../observability/log.ts";

/** Hands one message over. @throws where it was not taken, for whatever reason */
export type AlertReceiver = (message: { id: string; body: Record<string, unknown> }) => Promise<void>;

export type TellAlertsDependencies = {
  alerts: Alerts;
  /** Dead letters of a client within an hour, from which on there is an alert. */
  deadLetterThreshold: number;
  /** Providers that are set up to tell what became of messages. */
  tellingProviders: readonly string[];
  /** Null: nobody is told, alerts are only listed. */
  tell: AlertReceiver | null;
  log: Logger;
};

const AT_ONCE = 20;

export function createTellAlerts(deps: TellAlertsDependencies) {
  return {
    /**
     * One round: looks what is to be raised and what is over, and tells what is to be told. Idempotency: at least once,
     * with an id that stays the same until it was noted as told. What cannot be told is told by a later round.
     */
    async tellAlerts(): Promise<{ told: number; failed: number }> {
      const result = { told: 0, failed: 0 };
      await deps.alerts.raiseForDeadLetters(deps.deadLetterThreshold);
      await deps.alerts.raiseForOpenBreakers();
      await deps.alerts.raiseForSmsCaps();
      if (deps.tellingProviders.length > 0) await deps.alerts.raiseForMissingReceipts(deps.tellingProviders);
      await deps.alerts.recover();
      if (deps.tell === null) return result;
      for (const alert of await deps.alerts.untold(AT_ONCE)) {
        try {
          await deps.tell({ id: `alr_${alert.id}_${alert.notifiedTimes + 1}`, body: bodyOf(alert) });
        } catch (error) {
          // The others would wait for the same receiver in vain.
          deps.log.warn({ alertId: alert.id, error: (error as Error).message }, "an alert could not be delivered");
          result.failed++;
          return result;
        }
        await deps.alerts.told(alert);
        result.told++;
      }
      return result;
    },
  };
}

function bodyOf({ id, kind, subject, detail, count, firstSeen, lastSeen, recoveredAt, notifiedTimes }: UntoldAlert) {
  const type = recoveredAt !== null ? "alert.recovered" : notifiedTimes === 0 ? "alert.raised" : "alert.goes_on";
  return { type, timestamp: lastSeen, data: { id, kind, subject, count, firstSeen, lastSeen, recoveredAt, detail } };
}

export type TellAlertsActivities = ReturnType<typeof createTellAlerts>;
