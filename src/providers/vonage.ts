import { SMS, SMSFailure, TypeEnum } from "@vonage/sms";
import type { ProviderSettings } from "../config.ts";
import { smsSize } from "../domain/sms-segments.ts";
import { callOnce } from "./call-once.ts";
import { HttpAgent } from "./http-agent.ts";
import { postForm } from "./post-form.ts";
import { type Accepted, type OutgoingMessage, type Provider, ProviderError } from "./provider.ts";
import { errorOfParts, errorOfVonage, partsIn, type VonageAnswer } from "./vonage-status.ts";

type VonageSettings = NonNullable<ProviderSettings["vonage"]>;

const HOST = "rest.nexmo.com";
/** Below the deadline that callers give a text. */
const TIMEOUT_MS = 9_000;
/** How long Vonage takes a text to wait, in milliseconds. */
const MIN_TTL_MS = 20_000;
const MAX_TTL_MS = 604_800_000;

/**
 * Texts through Vonage's SMS API: https://developer.vonage.com/en/api/sms
 * @throws Error in one sentence for settings that cannot work
 */
export function createVonageProvider(settings: VonageSettings): Provider {
  const baseUrl = settings.baseUrl === null ? null : new URL(settings.baseUrl);
  const agent = new HttpAgent({ host: HOST, baseUrl, ca: null });
  const restHost = baseUrl === null ? `https://${HOST}` : HttpAgent.sdkUrl(baseUrl);

  return {
    id: "vonage",
    channels: ["sms"],
    async send(message) {
      const text = compose(message, settings, new Date());
      const client = new Client(settings, restHost, { agent, headers: idHeadersOf(message) });
      return callOnce(
        agent,
        { signal: message.signal, timeoutMs: TIMEOUT_MS },
        async () => acceptedFrom(await answerTo(client, text), client.answer?.retryAfter),
        (error, reached) => errorOfVonage(error, client.answer, reached, new Date()),
      );
    },
    close() {
      agent.destroy();
      return Promise.resolve();
    },
  };
}

type Text = NonNullable<Parameters<SMS["send"]>[0]>;

function compose(message: OutgoingMessage, settings: VonageSettings, now: Date): Text {
  const { content, expiresAt } = message;
  if (content.kind !== "sms") throw new ProviderError("permanent", { code: "wrong_content", alertOperator: true });
  const { from, statusCallbackUrl } = settings;
  return {
    // Vonage wants numbers without their plus sign.
    to: message.address.replace(/^\+/, ""),
    from: from.replace(/^\+/, ""),
    text: content.text,
    // Unsaid it is `text`, and then characters beyond phones' alphabet arrive as question marks.
    type: smsSize(content.text).encoding === "GSM-7" ? TypeEnum.TEXT : TypeEnum.UNICODE,
    // Comes back with every receipt.
    clientRef: message.attemptId,
    ...(expiresAt === null ? {} : { ttl: ttlMs(expiresAt, now) }),
    ...(statusCallbackUrl === null
      ? {}
      : { callback: `${statusCallbackUrl}?attempt=${encodeURIComponent(message.attemptId)}` }),
  };
}

function ttlMs(expiresAt: Date, now: Date): number {
  return Math.min(Math.max(expiresAt.getTime() - now.getTime(), MIN_TTL_MS), MAX_TTL_MS);
}

/** Vonage keeps one reference of a caller. These are for logs and stand-ins in between. */
function idHeadersOf(message: OutgoingMessage): Record<string, string> {
  return { "X-Tidings-Attempt": message.attemptId, "X-Tidings-Notification": message.notificationId };
}

/** What Vonage said of each part, refused or not: the SDK throws where any was refused. */
async function answerTo(client: SMS, text: Text): Promise<unknown> {
  try {
    return await client.send(text);
  } catch (error) {
    if (error instanceof SMSFailure) return error.getResponse();
    throw error;
  }
}

/** A text is accepted when each of its parts is. The name of the first part stands for all. */
function acceptedFrom(answer: unknown, retryAfter: unknown): Accepted {
  const parts = partsIn(answer);
  if (parts === null) throw new ProviderError("ambiguous", { code: "garbled_answer" });
  const error = errorOfParts(parts, retryAfter, new Date());
  if (error !== null) throw error;
  const [{ id }] = parts;
  // Without a name, nobody knows what became of it.
  if (id === null) throw new ProviderError("ambiguous", { code: "garbled_answer" });
  return { providerMessageId: id };
}

type SdkRequest = Parameters<SMS["sendRequest"]>[0];
type SdkResponse<Data> = Awaited<ReturnType<typeof SMS.prototype.sendRequest<Data>>>;

/**
 * The SDK for one text. Its requests are made here, since its own go through `fetch`, which takes no agent; and it shows
 * them, login and all, to whoever sets DEBUG. They are forms with the login in them: Vonage's own description takes
 * nothing else, though Vonage takes the SDK's JSON too.
 */
class Client extends SMS {
  /** What came, as soon as it has come. */
  answer: VonageAnswer | undefined;
  readonly #way: { agent: HttpAgent; headers: Record<string, string> };

  constructor(
    { apiKey, apiSecret }: VonageSettings,
    restHost: string,
    way: { agent: HttpAgent; headers: Record<string, string> },
  ) {
    // No key is no file's name: the SDK looks for one, and Node warns where the name is no text.
    super({ apiKey, apiSecret, privateKey: "" }, { restHost });
    this.#way = way;
  }

  override async sendRequest<Data>(sdkRequest: SdkRequest): Promise<SdkResponse<Data>> {
    const { agent, headers } = this.#way;
    const fields = await this.auth.getQueryParams(sdkRequest.data as Record<string, unknown>);
    const form = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
    const { status, headers: received, text } = await postForm(agent, sdkRequest.url, headers, form);
    this.answer = { status, retryAfter: received["retry-after"] };
    if (status < 200 || status > 299) throw new Error(`Vonage answered ${status}.`);
    return {
      data: JSON.parse(text) as Data,
      status,
      statusText: "",
      headers: {},
      config: sdkRequest,
      request: sdkRequest,
    };
  }
}
