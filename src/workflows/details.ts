import type { Channel } from "../domain/channel.ts";
import type { NotificationKey } from "../domain/notification-id.ts";
import type { NotificationStatus } from "../domain/status.ts";

// What a person who does not know the code reads in Temporal's Web UI. Ids, channels and statuses only.

/** Beside a notification from its start: what it is, and where to read on. In Temporal's Markdown. */
export function staticDetailsOf({ clientId, eventId }: NotificationKey): string {
  const readOn = "`GET /v1/notifications` with this `eventId`, then its `/timeline`, say what was decided, and why.";
  const stop = "To stop it, cancel it: one that is terminated is taken over.";
  return `Event \`${eventId}\` of client \`${clientId}\`. ${readOn}\n\n${stop}`;
}

/** How an activity that sends is called. */
export function sendSummary(channel: Channel): string {
  return `${channel}: to a provider, until it is taken or refused`;
}

/** Where a notification stands, and each of its deliveries in order. In Temporal's Markdown. */
export function currentDetailsOf(
  status: NotificationStatus,
  remark: string | null,
  deliveries: Iterable<{ channel: Channel; stands: string }>,
): string {
  // In one paragraph, since the Web UI gives it the height of a few lines.
  const standings = Array.from(deliveries, ({ channel, stands }) => `${channel}: ${stands}`).join(", ");
  const first = `**${status}**${remark === null ? "" : ` ${remark}`}`;
  return standings === "" ? first : `${first} – ${standings}`;
}
