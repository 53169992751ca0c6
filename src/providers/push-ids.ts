import type { OutgoingMessage } from "./provider.ts";

/** What an app gets beside the text of a push; names that callers may not use for themselves. */
export function idsOf({ notificationId, attemptId, pushToken }: OutgoingMessage): Record<string, string> {
  return { notificationId, attemptId, ...(pushToken === undefined ? {} : { notificationToken: pushToken }) };
}
