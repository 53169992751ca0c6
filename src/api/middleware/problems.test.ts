import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { ServiceError } from "@temporalio/client";
import express from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createLog } from "../../observability/log.ts";
import { TemplateError } from "../../rendering/template-errors.ts";
import { ApiError } from "../errors.ts";
import { notFound, problems } from "./problems.ts";
import { requestId } from "./request-id.ts";

let server: Server;
let url: string;
let logged = "";
const databaseAway = new Error("database away");
let thrown: unknown;

beforeAll(async () => {
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  });
  const app = express();
  app.use(requestId());
  app.get("/throw", () => {
    throw thrown;
  });
  app.get("/half", (_request, response) => {
    response.write("half");
    throw thrown;
  });
  app.get("/items/:id", (_request, response) => void response.end());
  app.use(notFound());
  app.use(problems({ log: createLog("test", "info", sink), isDatabaseUnavailable: (error) => error === databaseAway }));
  server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  await once(server, "close");
});

async function answerTo(error: unknown, path = "/throw") {
  thrown = error;
  logged = "";
  const response = await fetch(url + path, { headers: { "X-Request-Id": "request-1" } });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

describe("problems", () => {
  it("answers problem+json with the request's id", async () => {
    const { status, headers, body } = await answerTo(new ApiError("user_not_found"));
    expect(status).toBe(404);
    expect(headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(headers.get("x-request-id")).toBe("request-1");
    expect(body).toMatchObject({ code: "user_not_found", status: 404, requestId: "request-1" });
    expect(logged).toBe("");
  });

  it("answers 503 with Retry-After while the database or Temporal is away", async () => {
    const grpc = Object.assign(new Error("grpc"), { code: 14, details: "", metadata: {} });
    for (const error of [databaseAway, new ServiceError("failed", { cause: grpc })]) {
      const { status, headers, body } = await answerTo(error);
      expect(status).toBe(503);
      expect(headers.get("retry-after")).toBe("2");
      expect(body).toMatchObject({ code: "unavailable" });
    }
  });

  it("takes over the wait that a route asks for", async () => {
    const { headers } = await answerTo(new ApiError("rate_limited", { retryAfterSeconds: 17 }));
    expect(headers.get("retry-after")).toBe("17");
    expect((await answerTo(new ApiError("rate_limited"))).headers.get("retry-after")).toBe("2");
  });

  it("does not blame the caller for what a schema refuses inside", async () => {
    const refusal = z.object({ to: z.string() }).safeParse({}).error;
    expect(await answerTo(refusal)).toMatchObject({ status: 500, body: { code: "internal" } });
  });

  it("makes 422 of a template that fails", async () => {
    expect(await answerTo(new TemplateError("locales.default.sms.text", 2, 3, "too long"))).toMatchObject({
      status: 422,
      body: { code: "template_invalid", errors: [{ field: "locales.default.sms.text", line: 2, column: 3 }] },
    });
  });

  it.each([
    ["an error", new Error("password for mina@example.com")],
    [
      "a database's error",
      Object.assign(new Error("x"), { code: "23505", detail: "Key (address)=(mina@example.com)" }),
    ],
    ["a text", "mina@example.com"],
    ["an odd object", { status: "400", message: "mina@example.com" }],
  ])("answers 500 without internals for %s, and logs where it happened without its text", async (_, error) => {
    const { status, body } = await answerTo(error);
    expect(status).toBe(500);
    expect(body).toEqual({
      type: "urn:tidings:problem:internal",
      title: "Something went wrong here",
      status: 500,
      code: "internal",
      requestId: "request-1",
    });
    expect(logged).toContain("request-1");
    expect(logged).not.toContain("mina");
  });

  it("answers 404 for an unknown path and another method, 400 for a malformed one", async () => {
    expect(await answerTo(null, "/nowhere")).toMatchObject({ status: 404, body: { code: "not_found" } });
    expect(await answerTo(null, "/items/%zz")).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    expect((await fetch(`${url}/items/1`, { method: "PATCH" })).status).toBe(404);
  });

  it("breaks an answer off that has begun", async () => {
    thrown = new Error("late");
    const response = await fetch(`${url}/half`);
    await expect(response.text()).rejects.toThrow();
  });
});
