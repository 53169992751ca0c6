import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { callOnce } from "./call-once.ts";
import { HttpAgent } from "./http-agent.ts";
import { post, unexpected } from "./http-call.harness.ts";

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
