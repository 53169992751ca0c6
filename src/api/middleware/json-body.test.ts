import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import express from "express";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jsonBody } from "./json-body.ts";
import { problems } from "./problems.ts";
import { requestId } from "./request-id.ts";

let server: Server;
let url: string;

beforeAll(async () => {
  const app = express();
  app.use(requestId());
  app.post("/strict", jsonBody({ maxBytes: 1_000 }), (request, response) => void response.json(request.body));
  app.post("/optional", jsonBody({ optional: true }), (request, response) => void response.json(request.body));
  app.use(problems({ log: pino({ enabled: false }), isDatabaseUnavailable: () => false }));
  server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  await once(server, "close");
});

async function post(
  body: string | Buffer<ArrayBuffer> | undefined,
  headers: Record<string, string> = {},
  path = "/strict",
) {
  const all = { "Content-Type": "application/json", ...headers };
  const response = await fetch(url + path, { method: "POST", headers: all, ...(body === undefined ? {} : { body }) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

describe("jsonBody", () => {
  it.each(["application/json", "APPLICATION/JSON; charset=UTF-8", 'application/json;charset="utf-8"'])(
    "reads an object sent as %s",
    async (type) => {
      expect(await post('{"a":"é"}', { "Content-Type": type })).toEqual({ status: 200, body: { a: "é" } });
    },
  );

  it("reads compressed bodies", async () => {
    const answer = await post(gzipSync('{"a":1}'), { "Content-Encoding": "gzip" });
    expect(answer).toEqual({ status: 200, body: { a: 1 } });
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonp",
    "application/json; charset=latin1",
    "",
  ])("refuses the type %j", async (type) => {
    expect(await post("{}", { "Content-Type": type })).toMatchObject({
      status: 415,
      body: { code: "unsupported_media_type" },
    });
  });

  it("refuses an unknown compression", async () => {
    expect(await post("{}", { "Content-Encoding": "zip" })).toMatchObject({ status: 415 });
  });

  it("refuses too many bytes, before and after decompression", async () => {
    const large = JSON.stringify({ a: "x".repeat(2_000) });
    const refusal = { status: 413, body: { code: "body_too_large" } };
    expect(await post(large)).toMatchObject(refusal);
    expect(await post(gzipSync(large), { "Content-Encoding": "gzip" })).toMatchObject(refusal);
  });

  it.each([
    ["", "body"],
    ["[]", "body"],
    ["null", "body"],
    ['"text"', "body"],
    ["{", "body"],
    ['{"a":1}x', "body"],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), "body"],
    ['{"a":{"b":["ok","no\\u0000"]}}', "a.b[1]"],
    ['{"a":"\\ud800"}', "a"],
    ['{"a":{"k\\u0000":1}}', "a"],
    ['{"__proto__":{"x":1}}', "__proto__"],
    ['{"a":{"constructor":1}}', "a.constructor"],
    ['{"a":[{"prototype":1}]}', "a[0].prototype"],
    ['{"a":1e999}', "a"],
    ['{"a":[9007199254740993]}', "a[0]"],
    ['{"a":-9007199254740992}', "a"],
    [nested(21), Array.from({ length: 20 }, () => "a").join(".")],
    ["[".repeat(900), "body"],
  ])("refuses %j and says where", async (body, field) => {
    expect(await post(body)).toMatchObject({
      status: 400,
      body: { code: "invalid_request", errors: [{ field }] },
    });
  });

  it("takes twenty levels", async () => {
    expect(await post(nested(20))).toMatchObject({ status: 200 });
  });

  it("takes every whole number that it keeps as it is, and fractions", async () => {
    const a = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0.1, 1e15];
    expect(await post(JSON.stringify({ a }))).toEqual({ status: 200, body: { a } });
  });

  it("takes no body only where it may be left out", async () => {
    expect(await post(undefined)).toMatchObject({ status: 400, body: { errors: [{ field: "body" }] } });
    expect(await post(undefined, {}, "/optional")).toEqual({ status: 200, body: {} });
  });

  it("refuses a body that ends early", async () => {
    expect(await post(gzipSync('{"a":1}').subarray(0, 12), { "Content-Encoding": "gzip" })).toMatchObject({
      status: 400,
    });
  });

  it("never quotes what was sent", async () => {
    const answer = await post('{"mina@example.com');
    expect(JSON.stringify(answer)).not.toContain("mina");
  });
});
