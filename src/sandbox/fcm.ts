import { z } from "zod";
import type { Certificate } from "./certificate.ts";
import {
  type Answer,
  type AnswerOrTrouble,
  json,
  parseJson,
  type StandIn,
  type StandInRequest,
  startHttpStandIn,
} from "./http-stand-in.ts";
import type { Reception } from "./reception.ts";
import type { Respond } from "./rules.ts";

const PATH = /^\/v1\/projects\/([^/]+)\/messages:send$/;
/** FCM refuses more than this in notification and data together. */
const MAX_PAYLOAD_BYTES = 4_096;

const requestSchema = z.object({
  message: z.object({
    token: z.string().min(1),
    notification: z.object({ title: z.string().optional(), body: z.string().optional() }).optional(),
    data: z.record(z.string(), z.string()).optional(),
  }),
});

/** The status that FCM names beside an HTTP status, and its own error code where it gives one. */
const ERRORS: Record<number, { status: string; errorCode: string | null }> = {
  400: { status: "INVALID_ARGUMENT", errorCode: "INVALID_ARGUMENT" },
  401: { status: "UNAUTHENTICATED", errorCode: null },
  403: { status: "PERMISSION_DENIED", errorCode: null },
  404: { status: "NOT_FOUND", errorCode: "UNREGISTERED" },
  429: { status: "RESOURCE_EXHAUSTED", errorCode: "QUOTA_EXCEEDED" },
  500: { status: "INTERNAL", errorCode: "INTERNAL" },
  503: { status: "UNAVAILABLE", errorCode: "UNAVAILABLE" },
};

/** Firebase Cloud Messaging's HTTP v1 API, as far as sending to one token goes. */
export function startFcm(options: {
  host: string;
  port: number;
  certificate: Certificate;
  reception: Reception;
}): Promise<StandIn> {
  const { reception, ...listener } = options;
  return startHttpStandIn({
    ...listener,
    answerTo: (request) => answerTo(reception, request),
    unavailable: failure({ status: 503 }, "The sandbox could not take the message"),
  });
}

async function answerTo(reception: Reception, request: StandInRequest): Promise<AnswerOrTrouble> {
  const project = PATH.exec(request.url)?.[1];
  if (request.method !== "POST" || project === undefined) {
    return failure({ status: 404, code: "NOT_FOUND" }, "No such method");
  }
  if (!/^Bearer \S+$/.test(request.headers.authorization ?? "")) {
    return failure({ status: 401 }, "Request is missing a required authentication credential");
  }
  if (request.body === null) return failure({ status: 413 }, "Request is too large");
  const parsed = requestSchema.safeParse(parseJson(request.body));
  if (!parsed.success) return failure({ status: 400 }, "Invalid JSON payload received");
  const { token, notification, data } = parsed.data.message;
  if (payloadBytes({ ...notification, ...data }) > MAX_PAYLOAD_BYTES) {
    return failure({ status: 400 }, "Android message is too big");
  }
  const reaction = await reception.receive(
    { provider: "fcm", channel: "fcm", to: token },
    {
      from: project,
      title: notification?.title ?? null,
      subject: null,
      text: notification?.body ?? "",
      html: null,
      data: data ?? null,
      attemptId: data?.["attemptId"] ?? null,
      notificationId: data?.["notificationId"] ?? null,
    },
  );
  switch (reaction.do) {
    case "accept":
      return json(200, { name: `projects/${project}/messages/${reaction.messageId}` });
    case "refuse":
      return failure(reaction.respond, "Refused by a rule of the sandbox");
    case "drop":
      return "drop";
    case "garble":
      return { ...json(200, {}), body: '{"name": "projects/' };
  }
}

function payloadBytes(fields: Record<string, string | undefined>): number {
  return Object.entries(fields).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + (value ?? "")), 0);
}

function failure(respond: Respond & { status: number }, message: string): Answer {
  const known = ERRORS[respond.status];
  const errorCode = respond.code ?? known?.errorCode ?? null;
  const answer = json(respond.status, {
    error: {
      code: respond.status,
      message,
      status: known?.status ?? "UNKNOWN",
      details:
        errorCode === null ? [] : [{ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode }],
    },
  });
  if (respond.retryAfterSeconds !== undefined) answer.headers["retry-after"] = String(respond.retryAfterSeconds);
  return answer;
}
