import addressparser from "nodemailer/lib/addressparser";
import { asciiDomain } from "../domain/contact.ts";
import type { RenderedContent } from "../domain/rendered-content.ts";
import { type OutgoingMessage, ProviderError } from "./provider.ts";

export type Sender = { name: string; address: string; domain: string };

/**
 * Reads EMAIL_FROM. An international domain comes out in ASCII, as recipients' do: it goes into Message-ID and into JSON
 * that is passed on to servers which know no other.
 * @throws Error in one sentence
 */
export function parseSender(from: string): Sender {
  const [mailbox, ...others] = addressparser(from, { flatten: true });
  const address = mailbox?.address ?? "";
  const at = address.lastIndexOf("@");
  const domain = at < 0 ? "" : asciiDomain(address.slice(at + 1));
  if (mailbox === undefined || !/^[\x21-\x7e]+$/.test(domain) || others.length > 0) {
    throw new Error("EMAIL_FROM must be one address such as: Tidings <no-reply@example.com>");
  }
  return { name: mailbox.name, address: `${address.slice(0, at)}@${domain}`, domain };
}

/**
 * The mail to send.
 * @throws {ProviderError} for another channel's content, and for an address or subject that would break out of its header
 */
export function emailContentOf(message: OutgoingMessage): RenderedContent & { kind: "email" } {
  const { content } = message;
  if (content.kind !== "email") throw new ProviderError("permanent", { code: "wrong_content", alertOperator: true });
  // They would end the header, or the command, and begin another one of the writer's choice.
  if (/[\r\n\0]/.test(message.address + content.subject)) {
    throw new ProviderError("permanent", { code: "header_injection", alertOperator: true });
  }
  return content;
}

/** What tells support staff which attempt a mail came from, other machines not to answer it, and readers how to stop it. */
export function emailHeadersOf(message: OutgoingMessage): Record<string, string> {
  return {
    ...message.headers,
    "X-Tidings-Notification": message.notificationId,
    "X-Tidings-Attempt": message.attemptId,
    "Auto-Submitted": "auto-generated",
  };
}
