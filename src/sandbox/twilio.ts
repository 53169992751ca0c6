import { isPossiblePhoneNumber } from "libphonenumber-js/max";
import { smsSize } from "../domain/sms-segments.ts";
import {
  type Answer,
  type AnswerOrTrouble,
  headerText,
  json,
  type StandIn,
  type StandInRequest,
  startHttpStandIn,
} from "./http-stand-in.ts";
import type { Reception } from "./reception.ts";
import type { Respond } from "./rules.ts";

const PATH = /^\/2010-04-01\/Accounts\/(AC\w+)\/Messages\.json$/;
const MAX_TEXT = 1_600;

/** The code that Twilio usually gives with a status, and its words. */
const ERRORS: Record<number, { code: number; message: string }> = {
  400: { code: 20001, message: "Unknown parameters" },
  401: { code: 20003, message: "Authenticate" },
  403: { code: 20403, message: "Forbidden" },
  404: { code: 20404, message: "The requested resource was not found" },
  429: { code: 20429, message: "Too Many Requests" },
  500: { code: 20500, message: "An internal server error has occurred" },
  503: { code: 20503, message: "Service is unavailable. Please try again later." },
};

/** Twilio's Messages resource, as far as creating a message goes. */
export function startTwilio(options: { host: string; port: number; reception: Reception }): Promise<StandIn> {
  const { reception, ...listener } = options;
  return startHttpStandIn({
    ...listener,
    certificate: null,
    answerTo: (request) => answerTo(reception, request),
    unavailable: failure({ status: 503 }),
  });
}

async function answerTo(reception: Reception, request: StandInRequest): Promise<AnswerOrTrouble> {
  const account = PATH.exec(request.url)?.[1];
  if (request.method !== "POST" || account === undefined) return failure({ status: 404 });
  if (!isLogin(request.headers.authorization ?? "")) return failure({ status: 401 });
  const form = new URLSearchParams(request.body ?? "");
  const problem = problemOf(form);
  if (problem !== null) return failure({ status: 400, code: String(problem) });
  const to = form.get("To") ?? "";
  const text = form.get("Body") ?? "";
  const from = form.get("From");
  const service = form.get("MessagingServiceSid");
  const reaction = await reception.receive(
    { provider: "twilio", channel: "sms", to },
    {
      from: from ?? service,
      title: null,
      subject: null,
      text,
      html: null,
      data: null,
      attemptId: headerText(request.headers["x-tidings-attempt"]),
      notificationId: headerText(request.headers["x-tidings-notification"]),
    },
  );
  switch (reaction.do) {
    case "accept":
      return json(
        201,
        message({ sid: `SM${reaction.messageId.replaceAll("-", "")}`, account, to, from, service, text }),
      );
    case "refuse":
      return failure(reaction.respond);
    case "drop":
      return "drop";
    case "garble":
      return { ...json(201, {}), body: '{"sid": "SM' };
  }
}

function isLogin(authorization: string): boolean {
  const [, encoded = ""] = /^Basic (\S+)$/.exec(authorization) ?? [];
  return /^(AC|SK)\w*:.+$/.test(Buffer.from(encoded, "base64").toString("utf8"));
}

/** Twilio's code for what is wrong with a message, or null. */
function problemOf(form: URLSearchParams): number | null {
  const has = (name: string) => (form.get(name) ?? "") !== "";
  if (!has("To")) return 21604;
  if (!has("From") && !has("MessagingServiceSid")) return 21603;
  if (!has("Body")) return 21602;
  if ((form.get("Body") ?? "").length > MAX_TEXT) return 21617;
  return isPossiblePhoneNumber(form.get("To") ?? "") ? null : 21211;
}

type Taken = { sid: string; account: string; to: string; from: string | null; service: string | null; text: string };

function message({ sid, account, to, from, service, text }: Taken): object {
  const now = new Date().toUTCString().replace("GMT", "+0000");
  return {
    account_sid: account,
    api_version: "2010-04-01",
    body: text,
    date_created: now,
    date_sent: null,
    date_updated: now,
    direction: "outbound-api",
    error_code: null,
    error_message: null,
    from,
    messaging_service_sid: service,
    num_media: "0",
    num_segments: service === null ? String(smsSize(text).segments) : "0",
    price: null,
    price_unit: "USD",
    sid,
    status: service === null ? "queued" : "accepted",
    subresource_uris: { media: `/2010-04-01/Accounts/${account}/Messages/${sid}/Media.json` },
    to,
    uri: `/2010-04-01/Accounts/${account}/Messages/${sid}.json`,
  };
}

function failure(respond: Respond & { status: number }): Answer {
  const usual = ERRORS[respond.status];
  const code = respond.code === undefined ? usual?.code : Number(respond.code);
  const known = code === usual?.code;
  const answer = json(respond.status, {
    code,
    message: known ? usual?.message : "Refused by the sandbox",
    more_info: `https://www.twilio.com/docs/errors/${code ?? respond.status}`,
    status: respond.status,
  });
  if (respond.retryAfterSeconds !== undefined) answer.headers["retry-after"] = String(respond.retryAfterSeconds);
  return answer;
}
