import { isPossiblePhoneNumber } from "libphonenumber-js/max";
import {
  type Answer,
  type AnswerOrTrouble,
  headerText,
  json,
  parseJson,
  type StandIn,
  type StandInRequest,
  startHttpStandIn,
} from "./http-stand-in.ts";
import type { Reception } from "./reception.ts";
import type { Respond } from "./rules.ts";
import { vonagePartIds } from "./vonage-parts.ts";

const PATH = "/sms/json";
const MAX_TEXT = 3_200;

/** Vonage's words for the statuses of a part. */
const WORDS: Record<string, string> = {
  1: "Throttled",
  2: "Missing Parameters",
  3: "Invalid Parameters",
  4: "Bad Credentials",
  5: "Internal Error",
  6: "Invalid Message",
  7: "Number barred",
  9: "Partner quota violation",
  12: "Message too long",
  15: "Invalid sender",
  29: "Non White-listed Destination",
  33: "Number de-activated",
};

/** HTTP statuses for which Vonage has a status of its own, in an answer of 200. */
const USUAL: Record<number, string> = { 400: "3", 401: "4", 402: "9" };

/** Vonage's SMS API. */
export function startVonage(options: { host: string; port: number; reception: Reception }): Promise<StandIn> {
  const { reception, ...listener } = options;
  return startHttpStandIn({
    ...listener,
    certificate: null,
    answerTo: (request) => answerTo(reception, request),
    unavailable: failure({ status: 503 }),
  });
}

async function answerTo(reception: Reception, request: StandInRequest): Promise<AnswerOrTrouble> {
  if (request.method !== "POST" || request.url !== PATH) return failure({ status: 404 });
  const fields = fieldsOf(request);
  if (!isLogin(request.headers.authorization ?? "", fields)) return refused("4");
  const problem = problemOf(fields);
  if (problem !== null) return refused(problem);
  const to = e164(fields.get("to") ?? "");
  const text = fields.get("text") ?? "";
  const clientRef = fields.get("client-ref");
  const reaction = await reception.receive(
    { provider: "vonage", channel: "sms", to },
    {
      from: fields.get("from"),
      title: null,
      subject: null,
      text,
      html: null,
      data: null,
      attemptId: clientRef,
      notificationId: headerText(request.headers["x-tidings-notification"]),
    },
  );
  switch (reaction.do) {
    case "accept":
      return json(200, accepted({ ids: vonagePartIds({ id: reaction.messageId, text }), to, clientRef }));
    case "refuse":
      return failure(reaction.respond);
    case "drop":
      return "drop";
    case "garble":
      return { ...json(200, {}), body: '{"message-count": "1", "messages": [{"sta' };
  }
}

/** As a form, or in the JSON of the SDK. */
function fieldsOf({ headers, body }: StandInRequest): URLSearchParams {
  if (!(headers["content-type"] ?? "").startsWith("application/json")) return new URLSearchParams(body ?? "");
  const fields = Object.entries((parseJson(body ?? "") ?? {}) as Record<string, unknown>);
  return new URLSearchParams(fields.map(([name, value]): [string, string] => [name, String(value)]));
}

function isLogin(authorization: string, fields: URLSearchParams): boolean {
  const [, encoded = ""] = /^Basic (\S+)$/.exec(authorization) ?? [];
  const inFields = fields.has("api_key") && fields.has("api_secret");
  return inFields || /^[^:]+:.+$/.test(Buffer.from(encoded, "base64").toString("utf8"));
}

/** Vonage's status for what is wrong with a message, or null. */
function problemOf(fields: URLSearchParams): string | null {
  if (["to", "from", "text"].some((name) => (fields.get(name) ?? "") === "")) return "2";
  if ((fields.get("text") ?? "").length > MAX_TEXT) return "12";
  return /^\d{7,15}$/.test(fields.get("to") ?? "") && isPossiblePhoneNumber(e164(fields.get("to") ?? "")) ? null : "3";
}

function e164(to: string): string {
  return `+${to}`;
}

type Taken = { ids: string[]; to: string; clientRef: string | null };

function accepted({ ids, to, clientRef }: Taken): object {
  return {
    "message-count": String(ids.length),
    messages: ids.map((id) => ({
      to: to.slice(1),
      "message-id": id,
      status: "0",
      "remaining-balance": "10.00000000",
      "message-price": "0.03330000",
      network: "12345",
      ...(clientRef === null ? {} : { "client-ref": clientRef }),
    })),
  };
}

function failure(respond: Respond & { status: number }): Answer {
  const code = respond.code ?? USUAL[respond.status];
  const answer =
    code === undefined
      ? json(respond.status, { title: "The sandbox could not take the message", status: respond.status })
      : refused(code);
  if (respond.retryAfterSeconds !== undefined) answer.headers["retry-after"] = String(respond.retryAfterSeconds);
  return answer;
}

function refused(status: string): Answer {
  return json(200, {
    "message-count": "1",
    messages: [{ status, "error-text": WORDS[status] ?? "Refused by the sandbox" }],
  });
}
