import { once } from "node:events";
import { createServer as createHttpServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificate } from "./certificate.ts";

/** Longer bodies are read to their end but not kept. */
const MAX_BODY_BYTES = 1024 * 1024;

export type StandIn = { port: number; close(): Promise<void> };

export type StandInRequest = {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  /** Null if it was longer than a message can be. */
  body: string | null;
};

export type Answer = { status: number; headers: Record<string, string>; body: string };

/** `drop` ends the connection without an answer, `noise` answers what is no HTTP. */
export type AnswerOrTrouble = Answer | "drop" | "noise";

/**
 * One provider's HTTP API on a listener of its own.
 * @param options.certificate null for plain HTTP
 * @param options.unavailable what a sender gets when the ledger could not be written, or the sandbox is closing
 */
export async function startHttpStandIn(options: {
  host: string;
  port: number;
  certificate: Certificate | null;
  answerTo: (request: StandInRequest) => Promise<AnswerOrTrouble>;
  unavailable: Answer;
}): Promise<StandIn> {
  const { host, port, certificate, answerTo, unavailable } = options;
  const server = certificate === null ? createHttpServer() : createHttpsServer(certificate);
  server.on("request", (request, response) => {
    void readRequest(request)
      .then(answerTo)
      .catch(() => unavailable)
      .then((answer) => {
        if (answer === "drop") request.socket.destroy();
        else if (answer === "noise") request.socket.end("~~ what was the question? ~~\r\n\r\n");
        else response.writeHead(answer.status, answer.headers).end(answer.body);
      });
  });
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<StandInRequest> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return {
    method: request.method ?? "",
    url: request.url ?? "",
    headers: request.headers,
    body: bytes > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString("utf8"),
  };
}

/** For a schema to check; undefined where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it
  }
}

export function headerText(value: string | string[] | undefined): string | null {
  return typeof value === "string" ? value : null;
}

export function json(status: number, body: unknown): Answer {
  return { status, headers: { "content-type": "application/json; charset=UTF-8" }, body: JSON.stringify(body) };
}
