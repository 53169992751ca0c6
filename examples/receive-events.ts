import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { ok, tidings } from "./tidings.ts";

// A service that is told what becomes of its notifications. Here it asks to be told, sends itself a test, and ends; a
// service of yours keeps the secret, and stays.

const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;

const { id, secret } = await ok(
  tidings.POST("/v1/webhook-endpoints", {
    body: { url: `http://127.0.0.1:${port}/hooks/tidings`, eventTypes: ["notification.*"] },
  }),
);
const webhook = new Webhook(secret);
const seen = new Set<string>();

const told = Promise.withResolvers<string>();
server.on("request", (request, response) => {
  // The bytes as they came: what was parsed and written again has another signature.
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    let event: { type: string };
    try {
      event = webhook.verify(Buffer.concat(chunks), request.headers as Record<string, string>) as { type: string };
    } catch {
      // Somebody else's, or older than five minutes.
      return response.writeHead(400).end();
    }
    // Told more than once, an event has the same id.
    const webhookId = String(request.headers["webhook-id"]);
    if (!seen.has(webhookId)) {
      seen.add(webhookId);
      told.resolve(`${webhookId} tells ${event.type}`);
    }
    // At once; what takes long is done afterwards.
    response.writeHead(204).end();
  });
});

await ok(tidings.POST("/v1/webhook-endpoints/{id}/test", { params: { path: { id } } }));
console.log(await told.promise);

await tidings.DELETE("/v1/webhook-endpoints/{id}", { params: { path: { id } } });
server.close();
