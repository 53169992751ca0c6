import type { Reschedules } from "../database/reschedules.ts";
import type { RescheduleResult } from "../workflows/contract.ts";

export type RescheduleArguments = {
  notificationId: string;
  /** ISO 8601. */
  sendAt: string;
};

export function createReschedule(deps: { reschedules: Reschedules }) {
  return {
    /**
     * The same statement as the API's own reschedule. Repeatable, with the same answer as long as it waits. Null where
     * there is no row (any more).
     */
    reschedule({ notificationId, sendAt }: RescheduleArguments): Promise<RescheduleResult | null> {
      return deps.reschedules.reschedule(notificationId, new Date(sendAt));
    },
  };
}
