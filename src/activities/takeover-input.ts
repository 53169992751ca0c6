import type { Takeover } from "../database/takeovers.ts";
import type { NotificationInput } from "../workflows/contract.ts";

/** What the workflow that takes a notification up is started with. */
export function takeoverInput(takeover: Takeover): NotificationInput {
  const { key, generation, bodyHash, acceptedAt, request, contentHash } = takeover;
  // The row keeps the request as this very type was when it was accepted.
  const input = { key, generation, bodyHash, acceptedAt, request: request as NotificationInput["request"] };
  return contentHash === null ? input : { ...input, contentHash };
}
