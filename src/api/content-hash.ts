import type { NotificationBody } from "../domain/notification-body.ts";

/** The same for the same content to the same recipient, whatever its event ID. In hex. */
export function contentHashOf(
  hashBody: (body: unknown) => string,
  { to, data, locale }: NotificationBody,
  { id, version }: { id: string; version: number },
): string {
  return hashBody({ to, template: { id, version }, data, locale: locale ?? null });
}
