import { z } from "zod";
import {
  type Answer,
  type AnswerOrTrouble,
  json,
  parseJson,
  type StandIn,
  type StandInRequest,
  startHttpStandIn,
} from "./http-stand-in.ts";
import { listUnsubscribeOf } from "./list-unsubscribe.ts";
import type { Reception } from "./reception.ts";
import type { Respond } from "./rules.ts";

const PATH = /^\/api\/1\.[34]\/messages\/send(\.json)?$/;

const requestSchema = z.object({
  key: z.string().default(""),
  message: z.object({
    from_email: z.string().min(1),
    from_name: z.string().optional(),
    to: z.array(z.object({ email: z.string().min(1) })).min(1),
    subject: z.string(),
    text: z.string().nullish(),
    html: z.string().nullish(),
    headers: z.record(z.string(), z.string()).optional(),
    metadata: z.record(z.string(), z.string()).optional(),
  }),
});
type Mail = z.infer<typeof requestSchema>["message"];

/** Mailchimp's errors by the status of a rule. All are answered with a 500, as it does. */
const USUAL: Record<number, string> = {
  400: "ValidationError",
  401: "Invalid_Key",
  402: "PaymentRequired",
  404: "Unknown_Subaccount",
  500: "GeneralError",
};
const NUMBERS: Record<string, number> = {
  GeneralError: -1,
  Invalid_Key: -1,
  ValidationError: -2,
  PaymentRequired: 10,
  Unknown_Subaccount: 12,
};

/** Why a recipient gets nothing: these are no errors, but results. */
const REASONS = new Set([
  ...["hard-bounce", "soft-bounce", "spam", "unsub", "custom", "invalid-sender", "invalid", "test-mode-limit"],
  ...["unsigned", "rule"],
]);

/** Mailchimp Transactional's `messages/send`. */
export function startMailchimp(options: { host: string; port: number; reception: Reception }): Promise<StandIn> {
  const { reception, ...listener } = options;
  return startHttpStandIn({
    ...listener,
    certificate: null,
    answerTo: (request) => answerTo(reception, request),
    unavailable: failure({ status: 503 }),
  });
}

async function answerTo(reception: Reception, request: StandInRequest): Promise<AnswerOrTrouble> {
  if (request.method !== "POST" || !PATH.test(request.url)) return json(404, {});
  if (request.body === null) return json(413, {});
  const parsed = requestSchema.safeParse(parseJson(request.body));
  if (!parsed.success) return fault("ValidationError");
  const { key, message } = parsed.data;
  if (key === "") return fault("Invalid_Key");
  const results: object[] = [];
  for (const { email } of message.to) {
    const answer = await receiveMail(reception, message, email);
    if (!("result" in answer)) return answer.instead;
    results.push(answer.result);
  }
  return json(200, results);
}

/** The result for one recipient, or what is answered instead of all results. */
async function receiveMail(
  reception: Reception,
  { from_name: name, from_email: address, subject, text, html, headers = {}, metadata = {} }: Mail,
  email: string,
): Promise<{ result: object } | { instead: AnswerOrTrouble }> {
  const reaction = await reception.receive(
    { provider: "mailchimp", channel: "email", to: email },
    {
      from: name === undefined ? address : `"${name}" <${address}>`,
      title: null,
      subject,
      text: text ?? "",
      html: html ?? null,
      listUnsubscribe: listUnsubscribeOf(
        (name) => Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1] ?? null,
      ),
      data: null,
      attemptId: metadata["attemptId"] ?? null,
      notificationId: headers["X-Tidings-Notification"] ?? null,
    },
  );
  switch (reaction.do) {
    case "accept":
      return {
        result: { email, status: "sent", reject_reason: null, queued_reason: null, _id: idOf(reaction.messageId) },
      };
    case "refuse": {
      const { code = "" } = reaction.respond;
      if (!REASONS.has(code)) return { instead: failure(reaction.respond) };
      const status = code === "invalid" ? "invalid" : "rejected";
      return { result: { email, status, reject_reason: code, queued_reason: null, _id: idOf(crypto.randomUUID()) } };
    }
    case "drop":
      return { instead: "drop" };
    case "garble":
      return { instead: { ...json(200, []), body: '[{"email":' } };
  }
}

/** As long, and of the same characters, as Mailchimp's. */
function idOf(id: string): string {
  return id.replaceAll("-", "");
}

function failure(respond: Respond & { status: number }): Answer {
  const name = respond.code ?? USUAL[respond.status];
  const answer = respond.status === 429 ? throttled() : name === undefined ? json(respond.status, {}) : fault(name);
  if (respond.retryAfterSeconds !== undefined) answer.headers["retry-after"] = String(respond.retryAfterSeconds);
  return answer;
}

function throttled(): Answer {
  const message = "Too Many Requests attempted recently";
  return json(429, { status: "error", code: 429, name: "RequestLimitExceeded", message });
}

function fault(name: string): Answer {
  return json(500, { status: "error", code: NUMBERS[name] ?? -1, name, message: "Refused by the sandbox" });
}
