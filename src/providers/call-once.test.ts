import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { callOnce } from "./call-once.ts";
import { HttpAgent } from "./http-agent.ts";
import { post, unexpected } from "./http-call.harness.ts";

describe("callOnce", () => {
  it("ends by itself before its caller does, knowing that nothing was sent", async () => {
    const server = createServer(); // takes connections and no TLS
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const connected = once(server, "connection") as Promise<[Socket]>;
    const baseUrl = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const agent = new HttpAgent({ host: "api.example.com", baseUrl, ca: null });
    const limits = { signal: AbortSignal.timeout(30_000), timeoutMs: 200 };
    await expect(callOnce(agent, limits, () => post(agent), unexpected)).rejects.toMatchObject({
      kind: "transient",
      code: "deadline_exceeded",
    });
    const [socket] = await connected;
    await once(socket.resume(), "close");
    server.close();
  });
});
