import type { SendJob } from "../database/send-jobs.ts";
import { encodeNotificationId } from "../domain/notification-id.ts";
import type { RenderedContent } from "../domain/rendered-content.ts";
import { CHANNEL_POLICIES } from "../domain/retry-policy.ts";
import type { UnsubscribeTarget } from "../domain/unsubscribe-target.ts";
import type { Provider } from "../providers/provider.ts";
import { callWithDeadline } from "./call-with-deadline.ts";

export type CallDependencies = {
  /** The link in a mail that ends more of its kind; null: there is no address that mail programs would call. */
  unsubscribeUrl: ((target: UnsubscribeTarget) => string) | null;
  /** By which the app that gets a push may tell of it; it gets the notification's public id too. */
  pushToken: (attemptId: string, notificationId: string) => string;
};

/** The one call of an attempt, with a hard limit; how it ended is its result, whatever it threw. */
export function callProvider(
  deps: CallDependencies,
  provider: Provider,
  job: SendJob,
  contact: NonNullable<SendJob["contact"]>,
  content: RenderedContent,
  attemptId: string,
) {
  const notificationId = encodeNotificationId({ clientId: job.clientId, eventId: job.eventId });
  return callWithDeadline(CHANNEL_POLICIES[job.channel].callDeadlineMs, (signal) =>
    provider.send({
      attemptId,
      deliveryId: job.deliveryId,
      notificationId,
      channel: job.channel,
      address: contact.address,
      app: contact.app,
      content,
      headers: headersFor(deps, job),
      ...(content.kind === "push" ? { pushToken: deps.pushToken(attemptId, notificationId) } : {}),
      expiresAt: job.expiresAt,
      priority: job.priority,
      signal,
    }),
  );
}

/** What may be unsubscribed from says how (RFC 8058): mail programs show it as a button. */
function headersFor({ unsubscribeUrl }: CallDependencies, job: SendJob): Record<string, string> {
  if (job.channel !== "email" || job.mandatory || unsubscribeUrl === null) return {};
  const { categoryId: category, user, addressHash } = job;
  if (user === null && addressHash === null) return {};
  const target = user === null ? { addressHash: addressHash ?? "", category } : { userId: user.id, category };
  return {
    "List-Unsubscribe": `<${unsubscribeUrl(target)}>`,
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
  };
}
