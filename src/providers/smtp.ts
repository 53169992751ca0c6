import { isIP } from "node:net";
import { getCACertificates } from "node:tls";
import { createTransport, type MailMessage, type NodemailerError, type SendMailOptions } from "nodemailer";
import type { ProviderSettings } from "../config.ts";
import { hostOf } from "../network/host-and-port.ts";
import { emailContentOf, emailHeadersOf, parseSender, type Sender } from "./email-envelope.ts";
import { type Accepted, type OutgoingMessage, type Provider, ProviderError } from "./provider.ts";
import { readSettingsFile } from "./settings-file.ts";
import { errorOfSmtp } from "./smtp-failure.ts";

/** Postfix allows one client 50 by default: two workers of ours fit. */
const MAX_CONNECTIONS = 25;
/**
 * Exim takes more than ten messages of a connection too, but leaves those to its next run of the queue, in minutes or half
 * an hour (`smtp_accept_queue_per_connection`). A login for every ten costs less than mails that are late unseen.
 */
const MAX_MESSAGES_PER_CONNECTION = 10;
/** Servers have few places, and count connections that do nothing as well. */
const IDLE_TIMEOUT_MS = 5_000;
const CONNECTION_TIMEOUT_MS = 10_000;
const GREETING_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 20_000;

/** Whether the last byte of the message was handed to the connection: from then on the server may have taken it. */
type Transfer = { handedOver: boolean };

interface TrackedMail extends SendMailOptions {
  transfer: Transfer;
}

/**
 * Mail through any SMTP server. Connections are kept and shared, because a TLS handshake and a login per message cost
 * several round trips and providers limit logins. Where one of them ends before a byte of the message has left, as with
 * servers that limit the messages of a connection, the pool tries one other; nothing is handed over twice.
 * @throws Error in one sentence for settings that cannot work
 */
export function createSmtpProvider(settings: NonNullable<ProviderSettings["smtp"]>): Provider {
  const from = parseSender(settings.from);
  const transporter = createTransport({
    pool: true,
    url: settings.url,
    maxConnections: MAX_CONNECTIONS,
    maxMessages: MAX_MESSAGES_PER_CONNECTION,
    maxRequeues: 1,
    idleTimeout: IDLE_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    greetingTimeout: GREETING_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    requireTLS: sendsPasswordAbroad(settings.url),
    ...(settings.caFile === null ? {} : { tls: { ca: authoritiesWith(settings.caFile) } }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  transporter.use("stream", (mail, done) => {
    watchTransfer(mail);
    done();
  });

  return {
    id: "smtp",
    channels: ["email"],
    async send(message) {
      const transfer: Transfer = { handedOver: false };
      const mail = composeMail(message, from, transfer);
      const info = await transporter.sendMail(mail).catch((error: unknown) => {
        throw errorOfSmtp(error as NodemailerError, transfer.handedOver);
      });
      return acceptedFrom(info, transfer);
    },
    close() {
      transporter.close();
      return Promise.resolve();
    },
  };
}

/** A password leaves this machine only over TLS, even where somebody in between hides that the server offers it. */
function sendsPasswordAbroad(url: string): boolean {
  const server = new URL(url);
  const host = hostOf(server);
  const loopback = host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
  return server.password !== "" && !loopback;
}

/** Given alone, an authority would replace those that are trusted anyway. */
function authoritiesWith(file: string): string[] {
  return [...getCACertificates("default"), readSettingsFile("SMTP_CA_FILE", file)];
}

function composeMail(message: OutgoingMessage, from: Sender, transfer: Transfer): TrackedMail {
  const content = emailContentOf(message);
  return {
    from: { name: from.name, address: from.address },
    // As an object: a text would be split at commas into several recipients.
    to: { name: "", address: message.address },
    subject: content.subject,
    text: content.text,
    ...(content.html === null ? {} : { html: content.html }),
    // The same for every attempt of a delivery, so that receivers can recognise a copy.
    messageId: `<${message.deliveryId}@${from.domain}>`,
    headers: emailHeadersOf(message),
    signal: message.signal,
    transfer,
  };
}

/**
 * The message ends before the final dot is written, and only once everything before it has been: an error that comes
 * earlier means that the server cannot have taken the message.
 */
function watchTransfer(mail: MailMessage): void {
  const { transfer } = mail.data as TrackedMail;
  mail.message.processFunc((input) => {
    input.once("end", () => {
      transfer.handedOver = true;
    });
    return input;
  });
}

type SentInfo = {
  messageId: string;
  response?: string | undefined;
  serverMessageId?: string | undefined;
  rejectedErrors?: NodemailerError[] | undefined;
};

function acceptedFrom(info: SentInfo, transfer: Transfer): Accepted {
  // A recipient that was refused does not make the call fail.
  const refusal = info.rejectedErrors?.[0];
  if (refusal !== undefined) throw errorOfSmtp(refusal, transfer.handedOver);
  const reply = info.response ?? "";
  // nodemailer looks at the first character only.
  if (!/^2\d\d(?:[ -]|$)/.test(reply)) throw new ProviderError("ambiguous", { code: "garbled_answer" });
  return { providerMessageId: info.serverMessageId ?? queueIdOf(reply) ?? info.messageId };
}

/** `250 2.0.0 Ok: queued as 4Q2vXz` (Postfix and many others), `250 OK id=1rABCD-000123-4e` (Exim). */
function queueIdOf(reply: string): string | null {
  return /\bqueued as ([\w.-]+)/i.exec(reply)?.[1] ?? /\bid=([\w.-]+)/i.exec(reply)?.[1] ?? null;
}
