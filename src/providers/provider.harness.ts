// What the tests of all providers share: messages, servers that take them or not, and failures.

import { once } from "node:events";
import { createServer as createHttpServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { expect, onTestFinished } from "vitest";
import type { Certificate } from "../sandbox/certificate.ts";
import { type OutgoingMessage, ProviderError } from "./provider.ts";

/** Closes it after the test, and after whatever was opened later. */
export function closedAfterTest<Part extends { close(): unknown }>(part: Part): Part {
  onTestFinished(async () => {
    await part.close();
  });
  return part;
}

/** A message that says of itself only what its test is about. */
export function outgoing(
  message: Pick<OutgoingMessage, "channel" | "address" | "content"> & Partial<OutgoingMessage>,
): OutgoingMessage {
  return {
    attemptId: "0199-attempt",
    deliveryId: "0199-delivery",
    notificationId: "ntf_c2hvcDox",
    app: null,
    expiresAt: null,
    priority: "normal",
    signal: new AbortController().signal,
    ...message,
  };
}

/** The error of a send that has to fail. */
export async function failureOf(sending: Promise<unknown>): Promise<ProviderError> {
  const error = await sending.then(
    () => expect.fail("The send was accepted."),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

/** @returns the port */
export async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

export type Received<Body> = { path: string; headers: IncomingHttpHeaders; body: Body };

/**
 * An HTTP server that keeps what comes, and then answers.
 * @param options.certificate for HTTPS; default none
 */
export async function serveHttp<Body>(options: {
  read: (body: string) => Body;
  answer: RequestListener;
  certificate?: Certificate;
}): Promise<{ url: string; received: Received<Body>[] }> {
  const { read, answer, certificate } = options;
  const received: Received<Body>[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = `${request.method ?? ""} ${request.url ?? ""}`;
      received.push({ path, headers: request.headers, body: read(Buffer.concat(chunks).toString()) });
      answer(request, response);
    });
  };
  const server = certificate === undefined ? createHttpServer(listener) : createHttpsServer(certificate, listener);
  const port = await listen(server);
  closedAfterTest({
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
  return { url: certificate === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`, received };
}

/**
 * A TCP server that does with each connection what the test says.
 * @returns its port, and the connections that came so far
 */
export async function serveTcp(
  onConnection: (socket: Socket) => void = () => undefined,
): Promise<{ port: number; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined); // the client may hang up first
    onConnection(socket);
  });
  const port = await listen(server);
  closedAfterTest({
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return { port, sockets };
}
