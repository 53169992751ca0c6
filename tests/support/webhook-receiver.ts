import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Told = { type: string; timestamp: string; data: Record<string, unknown> };
/** A request as it came. */
export type Taken = { webhookId: string; headers: IncomingHttpHeaders; text: string; body: Told };
export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

/** A calling service that is told of events, on loopback. It answers as `answer` says at that moment, 204 at first. */
export async function startReceiver() {
  const taken: Taken[] = [];
  const answer = { status: 204, headers: {} as Record<string, string>, hold: false };
  const held = new Set<ServerResponse>();
  const reply = (response: ServerResponse) => response.writeHead(answer.status, answer.headers).end();
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const { headers } = request;
      taken.push({ webhookId: String(headers["webhook-id"]), headers, text, body: JSON.parse(text) as Told });
      if (answer.hold) held.add(response);
      else reply(response);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    taken,
    answer,
    /** Answers what was held, and holds nothing any more. */
    release() {
      answer.hold = false;
      for (const response of held) reply(response);
      held.clear();
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
