import { AsyncLocalStorage } from "node:async_hooks";
import twilio from "twilio";
import type { ProviderSettings } from "../config.ts";
import { callOnce } from "./call-once.ts";
import { HttpAgent } from "./http-agent.ts";
import { type Accepted, type OutgoingMessage, type Provider, ProviderError } from "./provider.ts";
import { errorOfGivenUp, errorOfTwilio, isGivenUp, type TwilioAnswer } from "./twilio-status.ts";

type TwilioSettings = NonNullable<ProviderSettings["twilio"]>;

const HOST = "api.twilio.com";
/** Below the deadline that callers give a text. */
const TIMEOUT_MS = 9_000;
/** Twilio takes no longer time for a message to wait, in seconds. */
const MAX_VALIDITY_S = 36_000;

/**
 * Texts through Twilio's Messages resource: https://www.twilio.com/docs/messaging/api/message-resource
 * @throws Error in one sentence for settings that cannot work
 */
export function createTwilioProvider(settings: TwilioSettings): Provider {
  const baseUrl = settings.baseUrl === null ? null : new URL(settings.baseUrl);
  const agent = new HttpAgent({ host: HOST, baseUrl, ca: null });
  const requests = new Requests(agent, baseUrl);
  const client = twilio(settings.accountSid, settings.authToken, {
    httpClient: requests,
    // Else the SDK reads them from the environment, and calls another host.
    edge: "",
    region: "",
  });

  return {
    id: "twilio",
    channels: ["sms"],
    async send(message) {
      const text = compose(message, settings, new Date());
      const exchange: Exchange = { headers: idHeadersOf(message), answer: null };
      return callOnce(
        agent,
        { signal: message.signal, timeoutMs: TIMEOUT_MS },
        async () => acceptedFrom(await requests.during(exchange, () => client.messages.create(text))),
        (error, reached) => errorOfTwilio(error, exchange.answer, reached, new Date()),
      );
    },
    close() {
      agent.destroy();
      return Promise.resolve();
    },
  };
}

type Text = Parameters<twilio.Twilio["messages"]["create"]>[0];

function compose(message: OutgoingMessage, settings: TwilioSettings, now: Date): Text {
  const { content, expiresAt } = message;
  if (content.kind !== "sms") throw new ProviderError("permanent", { code: "wrong_content", alertOperator: true });
  const { from, statusCallbackUrl } = settings;
  return {
    to: message.address,
    body: content.text,
    ...(/^MG\w{32}$/.test(from) ? { messagingServiceSid: from } : { from }),
    ...(expiresAt === null ? {} : { validityPeriod: validitySeconds(expiresAt, now) }),
    ...(statusCallbackUrl === null
      ? {}
      : { statusCallback: `${statusCallbackUrl}?attempt=${encodeURIComponent(message.attemptId)}` }),
  };
}

function validitySeconds(expiresAt: Date, now: Date): number {
  return Math.min(Math.max(Math.floor((expiresAt.getTime() - now.getTime()) / 1_000), 1), MAX_VALIDITY_S);
}

/** Twilio keeps nothing of a caller with a message. These are for logs and stand-ins in between. */
function idHeadersOf(message: OutgoingMessage): Record<string, string> {
  return { "X-Tidings-Attempt": message.attemptId, "X-Tidings-Notification": message.notificationId };
}

/**
 * Twilio answers with the message's SID: without one, nobody knows what became of it. With one it may have given up by
 * then all the same.
 */
function acceptedFrom({ sid, status, errorCode }: { sid?: unknown; status?: unknown; errorCode?: unknown }): Accepted {
  if (typeof sid !== "string" || !/^(SM|MM)\w+$/.test(sid)) {
    throw new ProviderError("ambiguous", { code: "garbled_answer" });
  }
  if (isGivenUp(status)) throw errorOfGivenUp(status, errorCode);
  return { providerMessageId: sid };
}

/** One request of the SDK: what goes with it, and the part of its answer that the SDK keeps to itself. */
type Exchange = { headers: Record<string, string>; answer: TwilioAnswer | null };

type SdkRequest<Data> = Parameters<typeof twilio.RequestClient.prototype.request<Data>>[0];
type SdkResponse<Data> = Awaited<ReturnType<typeof twilio.RequestClient.prototype.request<Data>>>;

/** The SDK's own HTTP client, led to another server where there is one. */
class Requests extends twilio.RequestClient {
  readonly #exchanges = new AsyncLocalStorage<Exchange>();
  readonly #baseUrl: URL | null;

  constructor(agent: HttpAgent, baseUrl: URL | null) {
    super({ autoRetry: false });
    this.#baseUrl = baseUrl;
    this.axios.defaults.httpsAgent = agent;
  }

  during<Result>(exchange: Exchange, work: () => Promise<Result>): Promise<Result> {
    return this.#exchanges.run(exchange, work);
  }

  override async request<Data>(options: SdkRequest<Data>): Promise<SdkResponse<Data>> {
    const exchange = this.#exchanges.getStore();
    const response = await super.request({
      ...options,
      uri: this.#redirected(options.uri),
      headers: { ...options.headers, ...exchange?.headers },
    });
    const { headers } = response as { headers?: Record<string, unknown> };
    if (exchange !== undefined) exchange.answer = { status: response.statusCode, retryAfter: headers?.["retry-after"] };
    return response;
  }

  #redirected(uri: string): string {
    if (this.#baseUrl === null) return uri;
    const { pathname, search } = new URL(uri);
    return HttpAgent.sdkUrl(this.#baseUrl) + pathname + search;
  }
}
