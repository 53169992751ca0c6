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
import type { Reaction, Reception } from "./reception.ts";
import type { Respond } from "./rules.ts";

const PATH = "/v3/mail/send";
const RATE_LIMIT = 600;
const RATE_WINDOW_S = 60;

const mailbox = z.object({ email: z.string().min(1), name: z.string().optional() });
const mailSchema = z.object({
  personalizations: z
    .array(z.object({ to: z.array(mailbox).min(1), custom_args: z.record(z.string(), z.string()).optional() }))
    .min(1),
  from: mailbox,
  subject: z.string().min(1),
  content: z.array(z.object({ type: z.string().min(1), value: z.string().min(1) })).min(1),
  custom_args: z.record(z.string(), z.string()).optional(),
  headers: z.record(z.string(), z.string()).optional(),
});
type Mail = z.infer<typeof mailSchema>;

const WORDS: Record<number, string> = {
  400: "Bad Request",
  401: "The provided authorization grant is invalid, expired, or revoked",
  403: "access forbidden",
  404: "Not Found",
  413: "The content of the request is too large",
  429: "too many requests",
};

/** SendGrid's Mail Send API, version 3. */
export function startSendGrid(options: { host: string; port: number; reception: Reception }): Promise<StandIn> {
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
  if (!/^Bearer \S+$/.test(request.headers.authorization ?? "")) return failure({ status: 401 });
  if (request.body === null) return failure({ status: 413 });
  const parsed = mailSchema.safeParse(parseJson(request.body));
  if (!parsed.success) {
    return failure({ status: 400 }, parsed.error.issues[0]?.path.join("."));
  }
  const reaction = await receiveMail(reception, parsed.data);
  switch (reaction.do) {
    case "accept":
      return { status: 202, headers: { "x-message-id": messageIdOf(reaction.messageId) }, body: "" };
    case "refuse":
      return failure(reaction.respond, reaction.respond.code);
    case "drop":
      return "drop";
    // An acceptance has no body that could be nonsense.
    case "garble":
      return "noise";
  }
}

/** One entry for each recipient; the last one's reaction is the answer. */
async function receiveMail(reception: Reception, mail: Mail): Promise<Reaction> {
  const partOf = (type: string) => mail.content.find((part) => part.type === type)?.value ?? null;
  const headerOf = (name: string) =>
    Object.entries(mail.headers ?? {}).find(([given]) => given.toLowerCase() === name)?.[1] ?? null;
  let reaction: Reaction = { do: "refuse", respond: { status: 400 } };
  for (const { to, custom_args: ownArgs } of mail.personalizations) {
    const args = { ...mail.custom_args, ...ownArgs };
    for (const { email } of to) {
      reaction = await reception.receive(
        { provider: "sendgrid", channel: "email", to: email },
        {
          from: mail.from.name === undefined ? mail.from.email : `"${mail.from.name}" <${mail.from.email}>`,
          title: null,
          subject: mail.subject,
          text: partOf("text/plain") ?? "",
          html: partOf("text/html"),
          listUnsubscribe: listUnsubscribeOf(headerOf),
          data: null,
          attemptId: args["attemptId"] ?? null,
          notificationId: args["notificationId"] ?? null,
        },
      );
      if (reaction.do !== "accept") return reaction;
    }
  }
  return reaction;
}

/** As long, and of the same characters, as SendGrid's. */
function messageIdOf(id: string): string {
  return Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url");
}

/** SendGrid has no codes; it names the field that is wrong. */
function failure(respond: Respond & { status: number }, field?: string): Answer {
  const message = WORDS[respond.status] ?? "The sandbox could not take the message";
  const answer = json(respond.status, { errors: [{ message, field: field ?? null, help: null }] });
  if (respond.status === 429) {
    const reset = Math.ceil(Date.now() / 1_000) + (respond.retryAfterSeconds ?? RATE_WINDOW_S);
    answer.headers["x-ratelimit-limit"] = String(RATE_LIMIT);
    answer.headers["x-ratelimit-remaining"] = "0";
    answer.headers["x-ratelimit-reset"] = String(reset);
  } else if (respond.retryAfterSeconds !== undefined) {
    answer.headers["retry-after"] = String(respond.retryAfterSeconds);
  }
  return answer;
}
