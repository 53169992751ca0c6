import { Client } from "@sendgrid/client";
import { MailService } from "@sendgrid/mail";
import type { ProviderSettings } from "../config.ts";
import { callOnce } from "./call-once.ts";
import { emailContentOf, emailHeadersOf, parseSender, type Sender } from "./email-envelope.ts";
import { HttpAgent } from "./http-agent.ts";
import { type Accepted, type OutgoingMessage, type Provider, ProviderError } from "./provider.ts";
import { errorOfSendGrid } from "./sendgrid-status.ts";

type SendGridSettings = NonNullable<ProviderSettings["sendgrid"]>;

const HOST = "api.sendgrid.com";
/** Below the deadline that callers give a mail. */
const TIMEOUT_MS = 18_000;
const ACCEPTED = 202;

/**
 * Mail through SendGrid's Mail Send API: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
 * @throws Error in one sentence for settings that cannot work
 */
export function createSendGridProvider(settings: SendGridSettings): Provider {
  const from = parseSender(settings.from);
  const baseUrl = settings.baseUrl === null ? null : new URL(settings.baseUrl);
  const agent = new HttpAgent({ host: HOST, baseUrl, ca: null });
  const service = new MailService();
  service.setClient(clientOf(settings.apiKey, agent, baseUrl));

  return {
    id: "sendgrid",
    channels: ["email"],
    async send(message) {
      const mail = compose(message, from);
      return callOnce(
        agent,
        { signal: message.signal, timeoutMs: TIMEOUT_MS },
        async () => acceptedFrom((await service.send(mail))[0]),
        (error, reached) => errorOfSendGrid(error, reached, new Date()),
      );
    },
    close() {
      agent.destroy();
      return Promise.resolve();
    },
  };
}

function clientOf(apiKey: string, agent: HttpAgent, baseUrl: URL | null): Client {
  const client = new Client();
  // First: it sets SendGrid's own address again.
  client.setApiKey(apiKey);
  if (baseUrl !== null) client.setDefaultRequest("baseUrl", HttpAgent.sdkUrl(baseUrl));
  client.setDefaultRequest("httpsAgent", agent);
  // A redirection would be a second request, and a proxy of the environment would be asked past the agent.
  client.setDefaultRequest({ maxRedirects: 0, proxy: false } as unknown as Parameters<Client["setDefaultRequest"]>[0]);
  return client;
}

type Mail = Parameters<MailService["send"]>[0];

function compose(message: OutgoingMessage, from: Sender): Mail {
  const content = emailContentOf(message);
  const { attemptId, deliveryId, notificationId } = message;
  return {
    from: { name: from.name, email: from.address },
    personalizations: [
      {
        // As an object: a text is searched for a name in front of the address.
        to: { email: message.address },
        // They come back with every event of the mail. Beside the recipient, since SendGrid's own description takes an
        // object only there.
        customArgs: { notificationId, attemptId, deliveryId },
      },
    ],
    subject: somethingOf(content.subject),
    // The plainest part first, as MIME wants it.
    content: [
      { type: "text/plain", value: somethingOf(content.text) },
      ...(content.html === null || content.html === "" ? [] : [{ type: "text/html", value: content.html }]),
    ],
    headers: emailHeadersOf(message),
  };
}

/** SendGrid refuses a mail whose subject or text is empty, which templates may make them. */
function somethingOf(text: string): string {
  return text === "" ? " " : text;
}

/**
 * SendGrid takes a mail with 202, with a name or without one. Any other 2xx proves it by the name alone: a 200 without
 * one says that the mail was checked and not sent.
 */
function acceptedFrom({ statusCode, headers }: { statusCode: number; headers: unknown }): Accepted {
  const id = (headers as Record<string, unknown>)["x-message-id"];
  const providerMessageId = typeof id === "string" && id !== "" ? id : null;
  if (statusCode !== ACCEPTED && providerMessageId === null) {
    throw new ProviderError("ambiguous", { code: "garbled_answer" });
  }
  return { providerMessageId };
}
