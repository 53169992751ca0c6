import type { Cancellations } from "../database/cancellations.ts";
import type { CancelResult } from "../workflows/contract.ts";

export function createCancel(deps: { cancellations: Cancellations }) {
  return {
    /** The same statement as the API's own cancel. Repeatable, with the same answer. */
    async cancel(notificationId: string): Promise<CancelResult> {
      const answer = await deps.cancellations.cancel(notificationId);
      if (answer === null) throw new Error("cancel found no row of an admitted notification");
      return answer;
    },
  };
}
