// What the tests of APNs share: HTTP/2 servers in Apple's place, and pushes to them.

import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll } from "vitest";
import { ensureApnsKey } from "../sandbox/apns-key.ts";
import { type Certificate, loadCertificate } from "../sandbox/certificate.ts";
import { createApnsProvider } from "./apns.ts";
import { closedAfterTest, listen, outgoing } from "./provider.harness.ts";
import type { OutgoingMessage, Provider } from "./provider.ts";

type Received = { headers: IncomingHttpHeaders; body: unknown };
type Respond = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
type ApnsServer = { url: string; received: Received[]; sessions: ServerHttp2Session[] };

export const takes: Respond = (stream, headers) => {
  stream.respond({ ":status": 200, "apns-id": headers["apns-id"] });
  stream.end();
};

export function refuses(status: number, body: unknown, headers: Record<string, string> = {}): Respond {
  return (stream) => {
    stream.respond({ ":status": status, ...headers });
    stream.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

/** Without a certificate: HTTP/2 without TLS. */
async function serve(certificate: Certificate | null, answers: Respond[]): Promise<ApnsServer> {
  const server = certificate === null ? createServer() : createSecureServer(certificate);
  const received: Received[] = [];
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session: ServerHttp2Session) => {
    session.on("error", () => undefined); // the client may hang up first
    sessions.push(session);
  });
  server.on("sessionError", () => undefined);
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const chunks: Buffer[] = [];
    stream.on("error", () => undefined);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      received.push({ headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
      answers[Math.min(received.length, answers.length) - 1]?.(stream, headers);
    });
  });
  const port = await listen(server);
  closedAfterTest({
    close() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  });
  return { url: `${certificate === null ? "http" : "https"}://127.0.0.1:${port}`, received, sessions };
}

type ApnsSettings = Parameters<typeof createApnsProvider>[0];

/** Servers and providers for the tests of a file, which share a certificate and a signing key. */
export function useApns() {
  let directory: string;
  let certificate: Certificate;
  let keyFile: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "tidings-apns-"));
    certificate = await loadCertificate(directory, new Date());
    keyFile = await ensureApnsKey(directory);
    return () => rm(directory, { recursive: true });
  });
  const settingsWith = (settings: Partial<ApnsSettings>): ApnsSettings => ({
    keyFile,
    keyId: "KEY1234567",
    teamId: "TEAM123456",
    topic: null,
    baseUrl: null,
    caFile: certificate.caFile,
    ...settings,
  });
  return {
    /** For other files of a test. */
    directory: () => directory,
    settingsWith,
    providerFor: (settings: Partial<ApnsSettings>): Provider =>
      closedAfterTest(createApnsProvider(settingsWith(settings))),
    /** Keeps what comes; the pushes are answered one after another, and all others as the last one. */
    serve: (...answers: [Respond, ...Respond[]]) => serve(certificate, answers),
    serveWithoutTls: (...answers: [Respond, ...Respond[]]) => serve(null, answers),
  };
}

export const ATTEMPT = "01990000-0000-7000-8000-000000000001";
export const DELIVERY = "01990000-0000-7000-8000-000000000002";

export function push(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return outgoing({
    channel: "apns",
    address: "abcd1234",
    content: {
      kind: "push",
      title: "Shipped",
      body: "On its way",
      data: { order: "1", aps: "forged", attemptId: "x" },
    },
    attemptId: ATTEMPT,
    deliveryId: DELIVERY,
    app: "com.example.app",
    ...changes,
  });
}
