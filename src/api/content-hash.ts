import type { NotificationBody } from "../domain/notification-body.ts";
import type { Recipient } from "../domain/recipient.ts";

/** The same for the same content to the same recipient, whatever its event ID, and however that is spelled. In hex. */
export function contentHashOf(
  hashBody: (body: unknown) => string,
  { to, data, locale }: NotificationBody,
  { id, version }: { id: string; version: number },
): string {
  return hashBody({ to: unambiguous(to), template: { id, version }, data, locale: locale ?? null });
}

/** Primary addresses are meant as well where nothing is said of them. */
function unambiguous(to: Recipient): Recipient {
  return "userId" in to && to.contacts === "primary" ? { userId: to.userId } : to;
}
