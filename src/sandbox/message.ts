import type { Channel } from "../domain/channel.ts";

/** A message that a stand-in took, as its sender wrote it. Fields that a channel does not have are null. */
export type SandboxMessage = {
  id: string;
  /** ISO 8601. */
  at: string;
  channel: Channel;
  provider: string;
  from: string | null;
  to: string;
  /** Of a push. */
  title: string | null;
  /** Of a mail. */
  subject: string | null;
  text: string;
  html: string | null;
  /** Of a mail: how to unsubscribe, as its headers say. */
  listUnsubscribe?: { url: string; oneClick: boolean } | null;
  /** What an app gets besides the text of a push. */
  data: Record<string, string> | null;
  attemptId: string | null;
  notificationId: string | null;
  /** It was taken in every case; only after `accepted` did the sender get to know. */
  outcome: "accepted" | "accepted_unanswered" | "accepted_garbled";
};
