import { once } from "node:events";
import {
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { problemOfHeaders } from "./apns-headers.ts";
import type { Certificate } from "./certificate.ts";
import { parseJson, type StandIn } from "./http-stand-in.ts";
import type { Reception } from "./reception.ts";
import type { Respond } from "./rules.ts";

const PATH = /^\/3\/device\/([^/]+)$/;
/** APNs refuses more. */
const MAX_PAYLOAD_BYTES = 4_096;

const alertSchema = z.object({ title: z.string().optional(), body: z.string().optional() });
const payloadSchema = z.looseObject({
  aps: z.looseObject({ alert: z.union([z.string().transform((body) => ({ body })), alertSchema]) }),
});

/** The reason that APNs usually gives with a status. */
const REASONS: Record<number, string> = {
  400: "BadMessageId",
  403: "InvalidProviderToken",
  404: "BadPath",
  405: "MethodNotAllowed",
  410: "Unregistered",
  413: "PayloadTooLarge",
  429: "TooManyRequests",
  500: "InternalServerError",
  503: "ServiceUnavailable",
};

/** Apple's push service as its HTTP/2 API shows itself to one provider. */
export async function startApns(options: {
  host: string;
  port: number;
  certificate: Certificate;
  reception: Reception;
}): Promise<StandIn> {
  const { host, port, certificate, reception } = options;
  const server = createSecureServer({ key: certificate.key, cert: certificate.cert });
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  // A client that goes away in the middle of a push is a case to try, not a fault of the server.
  server.on("sessionError", () => undefined);
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    void readPayload(stream)
      .then((payload) => answerTo(reception, headers, payload))
      // The ledger could not be written, or the sandbox is closing: nothing was taken.
      .catch(() => refusal({ status: 503 }))
      .then((answer) => {
        if (answer === "drop") stream.session?.destroy();
        else if (!stream.destroyed) respond(stream, headers, answer);
      });
  });
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

type Answer = { status: number; retryAfterSeconds?: number; body: string };

async function answerTo(
  reception: Reception,
  headers: IncomingHttpHeaders,
  payload: Buffer | null,
): Promise<Answer | "drop"> {
  if (headers[":method"] !== "POST") return refusal({ status: 405 });
  const token = PATH.exec(headers[":path"] ?? "")?.[1];
  if (token === undefined) return refusal({ status: 404 });
  const problem = problemOfHeaders(headers, new Date());
  if (problem !== null) return refusal(problem);
  if (!/^([0-9a-f]{2})+$/i.test(token)) return refusal({ status: 400, code: "BadDeviceToken" });
  if (payload === null) return refusal({ status: 413 });
  const parsed = payloadSchema.safeParse(parseJson(payload.toString("utf8")));
  if (!parsed.success) return refusal({ status: 400, code: "PayloadEmpty" });
  const { aps, ...custom } = parsed.data;
  const data = textsOf(custom);
  const reaction = await reception.receive(
    { provider: "apns", channel: "apns", to: token },
    {
      from: headerText(headers["apns-topic"]),
      title: ("title" in aps.alert ? aps.alert.title : null) ?? null,
      subject: null,
      text: aps.alert.body ?? "",
      html: null,
      data,
      attemptId: data["attemptId"] ?? null,
      notificationId: data["notificationId"] ?? null,
    },
  );
  switch (reaction.do) {
    case "accept":
      return { status: 200, body: "" };
    case "refuse":
      return refusal(reaction.respond);
    case "drop":
      return "drop";
    case "garble":
      return { status: 200, body: '{"reason": "' };
  }
}

/** Null if it is longer than a push may be. */
async function readPayload(stream: ServerHttp2Stream): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_PAYLOAD_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_PAYLOAD_BYTES ? null : Buffer.concat(chunks);
}

function refusal(respond: Respond & { status: number }): Answer {
  const reason = respond.code ?? REASONS[respond.status] ?? "InternalServerError";
  const timestamp = respond.status === 410 ? { timestamp: Date.now() } : {};
  return { ...respond, body: JSON.stringify({ reason, ...timestamp }) };
}

function respond(stream: ServerHttp2Stream, request: IncomingHttpHeaders, answer: Answer): void {
  stream.respond({
    [constants.HTTP2_HEADER_STATUS]: answer.status,
    // The sender's own, or one that APNs makes.
    "apns-id": headerText(request["apns-id"]) ?? crypto.randomUUID(),
    ...(answer.retryAfterSeconds === undefined ? {} : { "retry-after": String(answer.retryAfterSeconds) }),
  });
  stream.end(answer.body);
}

function textsOf(fields: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

function headerText(value: string | string[] | undefined): string | null {
  return typeof value === "string" ? value : null;
}
