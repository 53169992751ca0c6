import { z } from "zod";
import type { DeliveryDecision } from "./decide-deliveries.ts";
import { refuseAll } from "./decide-notification.ts";

/** Segments that a client may send on a day; 0: none. */
export const smsCapSchema = z.int().min(0).max(1_000_000_000);

/** Of how many clients caps of their own can be named. */
export const MAX_CAPPED_CLIENTS = 1_000;

/**
 * What the gate would turn away for want of segments: each text uses some up, and the next one has the rest. The gate
 * asks the same in SQL; a test holds the two together.
 */
export function refuseBeyondCap(
  deliveries: readonly DeliveryDecision[],
  segmentsOfEach: number,
  { used, cap }: { used: number; cap: number },
): DeliveryDecision[] {
  let left = cap - used;
  return deliveries.flatMap((delivery) => {
    if (!delivery.send || delivery.channel !== "sms") return [delivery];
    if (segmentsOfEach > left) return refuseAll([delivery], "sms_cap_reached");
    left -= segmentsOfEach;
    return [delivery];
  });
}
