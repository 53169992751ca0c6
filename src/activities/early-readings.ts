import type { Receipts } from "../database/receipts.ts";
import { OWN_SOURCE, ownEventKey } from "../domain/receipt.ts";

export type EarlyReadingDependencies = {
  receipts: Pick<Receipts, "unsettledOf" | "settle">;
  isUnavailable: (error: unknown) => boolean;
};

/**
 * Lets the opens and clicks of a mail have their effect that came before its provider's answer. Idempotency: each has
 * it once, whoever asks for it.
 */
export async function settleEarlyReadings(
  { receipts, isUnavailable }: EarlyReadingDependencies,
  attemptId: string,
): Promise<void> {
  const keys = [ownEventKey("opened", attemptId), ownEventKey("clicked", attemptId)];
  try {
    for (const receipt of await receipts.unsettledOf(OWN_SOURCE, keys)) await receipts.settle(receipt);
  } catch (error) {
    // The attempt is closed, which is what counts here. Repair finds them within a minute.
    if (!isUnavailable(error)) throw error;
  }
}
