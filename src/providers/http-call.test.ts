import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { request } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { describe, expect, it } from "vitest";
import { callOnce, HttpAgent } from "./http-call.ts";
import { ProviderError } from "./provider.ts";

const unexpected = (): ProviderError => new ProviderError("permanent", { code: "unexpected" });

async function post(agent: HttpAgent): Promise<void> {
  const sent = request({ agent, method: "POST", host: "api.example.com", path: "/" });
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  await once(response.resume(), "end");
}

describe("HttpAgent", () => {
  it("closes a connection that is not used for a while, before the server does", async () => {
    const sockets: Socket[] = [];
    const server = createServer((_request, response) => void response.end());
    server.on("connection", (socket) => sockets.push(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const baseUrl = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const agent = new HttpAgent({ host: "api.example.com", baseUrl, ca: null }, 50);
    await callOnce(agent, { signal: new AbortController().signal, timeoutMs: 5_000 }, () => post(agent), unexpected);
    expect(sockets).toHaveLength(1);
    await once(sockets[0] as Socket, "close");
    agent.destroy();
    server.close();
  });

  it.each([
    ["http://mock", "https://mock:80"],
    ["http://mock:8080/", "https://mock:8080"],
    ["http://[::1]:8080/api/", "https://[::1]:8080/api"],
    ["https://mock", "https://mock"],
    ["https://mock:8443/api", "https://mock:8443/api"],
  ])("has SDKs call %s as %s", (baseUrl, expected) => {
    expect(HttpAgent.sdkUrl(new URL(baseUrl))).toBe(expected);
  });
});

describe("callOnce", () => {
  it("ends by itself before its caller does, knowing that nothing was sent", async () => {
    const server = createTcpServer(); // takes connections and no TLS
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
