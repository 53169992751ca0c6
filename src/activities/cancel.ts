import type { Cancellations } from "../database/cancellations.ts";
import type { CancelResult } from "../workflows/contract.ts";

export function createCancel(deps: { cancellations: Cancellations }) {
  return {
    /** The same statement as the API's own cancel. Repeatable, with the same answer. Null where there is no row (any more). */
    cancel(notificationId: string): Promise<CancelResult | null> {
      return deps.cancellations.cancel(notificationId);
    },
  };
}
