import type { Takeover } from "../database/takeovers.ts";
import type { NotificationInput } from "../workflows/contract.ts";

/** What the workflow that takes a notification up is started with. */
export function takeoverInput({ key, generation, bodyHash, acceptedAt, request }: Takeover): NotificationInput {
  // The row keeps the request as this very type was when it was accepted.
  return { key, generation, bodyHash, acceptedAt, request: request as NotificationInput["request"] };
}
