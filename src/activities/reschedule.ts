import type { Reschedules } from "../database/reschedules.ts";
import { instantSchema } from "../domain/notification-body.ts";
import type { RescheduleAnswer } from "../workflows/contract.ts";

export type RescheduleArguments = {
  notificationId: string;
  /** ISO 8601, or what a person typed. */
  sendAt: string;
};

export function createReschedule(deps: { reschedules: Reschedules }) {
  return {
    /**
     * The same statement as the API's own reschedule, for what the API takes for a time. Repeatable, with the same answer
     * as long as it waits. Null where there is no row (any more).
     */
    async reschedule({ notificationId, sendAt }: RescheduleArguments): Promise<RescheduleAnswer | null> {
      const time = instantSchema.safeParse(sendAt);
      if (!time.success) return { result: "no_time", problem: `sendAt ${time.error.issues[0]?.message}` };
      return deps.reschedules.reschedule(notificationId, new Date(time.data));
    },
  };
}
