import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { generate } from "selfsigned";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { networkOf } from "../domain/public-address.ts";
import { type CallEndpointOptions, createCallEndpoint } from "./call-endpoint.ts";
import { createResolveHost } from "./resolve-host.ts";

const LOOPBACK = ["127.0.0.0/8", "::1/128"].map(networkOf);

let server: Server;
let port: number;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let requests: { host: string | undefined; body: string }[] = [];
let connections = 0;

beforeEach(async () => {
  requests = [];
  connections = 0;
  answer = (_, response) => response.writeHead(200).end("ok");
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      requests.push({ host: request.headers.host, body });
      answer(request, response);
    });
  }).listen(0, "127.0.0.1");
  server.on("connection", () => connections++);
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

function call(url: string, options: Partial<CallEndpointOptions> = {}) {
  const make = createCallEndpoint({
    resolveHost: createResolveHost(),
    allowed: LOOPBACK,
    plainHttp: true,
    now: () => new Date(),
    ...options,
  });
  return make({ url, headers: { "content-type": "application/json" }, body: '{"ü":1}' });
}

const failed = (code: string) => ({ result: "failed", code, retryAfterMs: null });

describe("a call to an endpoint", () => {
  it.each([
    [200, { result: "delivered", code: "200" }],
    [204, { result: "delivered", code: "204" }],
    [410, { result: "gone", code: "410" }],
    [404, failed("404")],
    [500, failed("500")],
  ])("that is answered %d", async (status, outcome) => {
    answer = (_, response) => response.writeHead(status).end();
    expect(await call(`http://127.0.0.1:${port}/hook`)).toEqual(outcome);
    expect(requests).toEqual([{ host: `127.0.0.1:${port}`, body: '{"ü":1}' }]);
  });

  it.each([
    [429, "7", 7_000],
    [503, "3600", 3_600_000],
    [503, "soon", null],
    [500, "7", null],
  ])("that is answered %d with Retry-After %s", async (status, retryAfter, retryAfterMs) => {
    answer = (_, response) => response.writeHead(status, { "retry-after": retryAfter }).end();
    expect(await call(`http://127.0.0.1:${port}/`)).toEqual({ result: "failed", code: String(status), retryAfterMs });
  });

  it.each([301, 302, 303, 307, 308])("follows no redirect: %d is a failure", async (status) => {
    answer = (_, response) => response.writeHead(status, { location: `http://127.0.0.1:${port}/elsewhere` }).end();
    expect(await call(`http://127.0.0.1:${port}/`)).toEqual(failed(String(status)));
    expect(requests).toHaveLength(1);
  });

  it("says in a word why there was no answer", async () => {
    answer = (request) => request.socket.destroy();
    expect(await call(`http://127.0.0.1:${port}/`)).toEqual(failed("connection_reset"));
    answer = (request) => request.socket.end("no HTTP\r\n\r\n");
    expect(await call(`http://127.0.0.1:${port}/`)).toEqual(failed("bad_answer"));
    const nobody = Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
    expect(await call("http://nobody.invalid/", { resolveHost: () => Promise.reject(nobody) })).toEqual(
      failed("dns_failed"),
    );
    await once(server.close(), "close");
    expect(await call(`http://127.0.0.1:${port}/`)).toEqual(failed("connection_refused"));
    server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  it("ends at its deadline, whatever it waits for", async () => {
    const deadlineMs = 200;
    answer = () => undefined;
    expect(await call(`http://127.0.0.1:${port}/`, { deadlineMs })).toEqual(failed("timeout"));
    const never = { resolveHost: () => new Promise<never>(() => undefined), deadlineMs };
    expect(await call(`http://slow.test:${port}/`, never)).toEqual(failed("timeout"));
    // The status has come: what follows it is of no interest.
    answer = (_, response) => void response.writeHead(200).write("and so on");
    expect(await call(`http://127.0.0.1:${port}/`, { deadlineMs: 2_000 })).toEqual({
      result: "delivered",
      code: "200",
    });
  });

  it("does not read an answer without end", async () => {
    let written = 0;
    answer = (_, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(64 * 1024);
      const more = () => {
        while (!response.destroyed && written < 1e9) {
          written += chunk.length;
          if (!response.write(chunk)) return response.once("drain", more);
        }
      };
      more();
    };
    expect(await call(`http://127.0.0.1:${port}/`)).toEqual({ result: "delivered", code: "200" });
    expect(written).toBeLessThan(1e8);
  });
});

describe("a host whose name leads inside", () => {
  it.each([
    ["a private address", ["10.0.0.1"]],
    ["the metadata of a cloud", ["169.254.169.254"]],
    ["loopback in an IPv6 address", ["::ffff:127.0.0.1"]],
    ["one private address among public ones", ["1.1.1.1", "127.0.0.1"]],
    ["what is no address", ["127.1"]],
    ["nothing", []],
  ])("is refused without a connection: %s", async (_, addresses) => {
    const options = { allowed: [], resolveHost: () => Promise.resolve(addresses) };
    expect(await call(`http://inside.test:${port}/`, options)).toEqual(failed("address_not_allowed"));
    expect(connections).toBe(0);
  });

  it.each([
    "http://127.0.0.1",
    "http://localhost",
    "http://[::1]",
    "http://x.localhost",
    "http://2130706433",
    "http://0x7f.1",
  ])("is refused as %s, too", async (origin) => {
    expect(await call(`${origin}:${port}/`, { allowed: [] })).toEqual(failed("address_not_allowed"));
    expect(connections).toBe(0);
  });

  it("is asked for once: an answer that changes comes too late", async () => {
    const answers = [["127.0.0.1"], ["10.0.0.1"]];
    let asked = 0;
    const resolveHost = () => Promise.resolve(answers[asked++] ?? []);
    expect(await call(`http://rebinding.test:${port}/`, { resolveHost })).toEqual({ result: "delivered", code: "200" });
    expect(asked).toBe(1);
    // To the address that was looked at, and in the name that was meant.
    expect(requests).toEqual([{ host: `rebinding.test:${port}`, body: '{"ü":1}' }]);
  });

  it("is not called without TLS where that is asked for", async () => {
    expect(await call(`http://127.0.0.1:${port}/`, { plainHttp: false })).toEqual(failed("address_not_allowed"));
    expect(connections).toBe(0);
  });

  it("must have a certificate of its name", async () => {
    const { private: key, cert } = await generate([{ name: "commonName", value: "named.test" }]);
    const names: unknown[] = [];
    const secure = createTlsServer({ key, cert, SNICallback: (name, done) => (names.push(name), done(null)) });
    await once(secure.listen(0, "127.0.0.1"), "listening");
    const securePort = (secure.address() as AddressInfo).port;
    const resolveHost = () => Promise.resolve(["127.0.0.1"]);
    expect(await call(`https://named.test:${securePort}/`, { resolveHost })).toEqual(failed("tls_failed"));
    expect(names).toEqual(["named.test"]);
    await once(secure.close(), "close");
  });
});
