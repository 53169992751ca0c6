import createClient, { type ApiClient, type MessagesMessage } from "@mailchimp/mailchimp_transactional";
import type { ProviderSettings } from "../config.ts";
import { callOnce } from "./call-once.ts";
import { emailContentOf, emailHeadersOf, parseSender, type Sender } from "./email-envelope.ts";
import { HttpAgent } from "./http-agent.ts";
import { acceptedFrom, errorOfMailchimp } from "./mailchimp-status.ts";
import type { OutgoingMessage, Provider } from "./provider.ts";

type MailchimpSettings = NonNullable<ProviderSettings["mailchimp"]>;

const HOST = "mandrillapp.com";
const PATH = "/api/1.3";
/** Below the deadline that callers give a mail. The SDK alone would wait for five minutes. */
const TIMEOUT_MS = 18_000;

/**
 * Mail through Mailchimp Transactional: https://mailchimp.com/developer/transactional/api/messages/send-new-message/
 * @throws Error in one sentence for settings that cannot work
 */
export function createMailchimpProvider(settings: MailchimpSettings): Provider {
  const from = parseSender(settings.from);
  const baseUrl = settings.baseUrl === null ? null : new URL(settings.baseUrl);
  const agent = new HttpAgent({ host: HOST, baseUrl, ca: null });
  const client = clientOf(settings.apiKey, agent, baseUrl);

  return {
    id: "mailchimp",
    channels: ["email"],
    async send(message) {
      const mail = compose(message, from);
      return callOnce(
        agent,
        { signal: message.signal, timeoutMs: TIMEOUT_MS },
        async () => acceptedFrom(await answerTo(client, mail)),
        (error, reached) => errorOfMailchimp(error, reached, new Date()),
      );
    },
    close() {
      agent.destroy();
      return Promise.resolve();
    },
  };
}

/** What the SDK has and its types do not name. */
type Internals = { basePath: string; requestConfig: Record<string, unknown> };

function clientOf(apiKey: string, agent: HttpAgent, baseUrl: URL | null): ApiClient {
  const client = createClient(apiKey) as ApiClient & Internals;
  if (baseUrl !== null) client.basePath = HttpAgent.sdkUrl(baseUrl) + PATH;
  // A redirection would be a second request, and a proxy of the environment would be asked past the agent.
  client.requestConfig = { ...client.requestConfig, httpsAgent: agent, maxRedirects: 0, proxy: false };
  return client;
}

/** The SDK's types ask for a website in the metadata, which Mailchimp does not. */
type Mail = Omit<MessagesMessage, "metadata"> & { metadata: Record<string, string> };

/** The SDK does not throw its failures: it answers with them. */
async function answerTo(client: ApiClient, message: Mail): Promise<unknown> {
  const answer: unknown = await client.messages.send({ message: message as MessagesMessage });
  if (answer instanceof Error) throw answer;
  return answer;
}

function compose(message: OutgoingMessage, from: Sender): Mail {
  const content = emailContentOf(message);
  const { attemptId, deliveryId } = message;
  return {
    from_email: from.address,
    ...(from.name === "" ? {} : { from_name: from.name }),
    to: [{ email: message.address, type: "to" }],
    subject: content.subject,
    text: content.text,
    ...(content.html === null || content.html === "" ? {} : { html: content.html }),
    headers: emailHeadersOf(message),
    // They come back with every event of the mail. There is room for 200 bytes, which a notification's id may exceed; it
    // is in the headers.
    metadata: { attemptId, deliveryId },
    // Templates are rendered here: what looks like a merge tag is text.
    merge: false,
  };
}
