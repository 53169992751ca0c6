import type { Payload, PayloadCodec } from "@temporalio/common";
import { type RequestHandler, Router } from "express";
import { z } from "zod";
import type { KeyStore } from "../../database/keys.ts";
import type { RequestCounts } from "../../database/request-counts.ts";
import { ApiError } from "../errors.ts";
import { authenticate, requireScope } from "../middleware/authenticate.ts";
import { limitRequests } from "../middleware/limit-requests.ts";
import { jsonBody } from "../middleware/json-body.ts";
import type { Operation, Operations } from "../openapi/operation.ts";
import { parse } from "../validation.ts";

export type CodecRouteDependencies = {
  keys: KeyStore;
  requestCounts: RequestCounts;
  payloadCodec: PayloadCodec;
  /** Origin of Temporal's Web UI, whose pages may ask from a browser; null: none may. */
  webUiOrigin: string | null;
  /** Whether the Web UI needs no key: on a developer's own machine only. */
  webUiIsTrusted: boolean;
};

/** Payloads in Temporal's JSON form: bytes are base64. https://docs.temporal.io/codec-server */
const bodySchema = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), z.base64()).default({}), data: z.base64().default("") }))
    .max(5_000),
});

const MAX_BYTES = 4 * 1024 * 1024;

const PAYLOADS = { payloads: [{ metadata: { encoding: "anNvbi9wbGFpbg==" }, data: "ImhlbGxvIg==" }] };

const payloadsSchema = z
  .object({ payloads: z.array(z.object({ metadata: z.record(z.string(), z.base64()), data: z.base64() })) })
  .meta({ id: "Payloads", examples: [PAYLOADS] });

/** Both ways alike. */
function translation(id: string, summary: string): Operation {
  return {
    id,
    summary,
    description:
      "Payloads in Temporal's JSON form, bytes in base64; at most 4 MB. In development the Web UI's own pages need no key.",
    scopes: ["admin"],
    body: { schema: bodySchema, example: PAYLOADS },
    answers: { 200: { description: "The same payloads, translated.", body: payloadsSchema } },
  };
}

export const codecOperations = {
  "POST /codec/decode": translation("decodePayloads", "Decrypt payloads"),
  "POST /codec/encode": translation("encodePayloads", "Encrypt payloads"),
} as const satisfies Operations;

/**
 * `/codec`: shows the Web UI and the CLI what only this service can read. With an admin key (`temporal --codec-auth`),
 * or, in development, from the Web UI's own pages.
 */
export function codecRoutes(deps: CodecRouteDependencies): Router {
  const router = Router();
  router.use("/codec", allowWebUi(deps.webUiOrigin));
  for (const direction of ["encode", "decode"] as const) {
    router.post(`/codec/${direction}`, ...admit(deps), jsonBody({ maxBytes: MAX_BYTES }), async (request, response) => {
      const payloads = parse(bodySchema, request.body).payloads.map(fromJson);
      const translated = await deps.payloadCodec[direction](payloads).catch((cause: unknown) => {
        throw new ApiError("invalid_request", {
          detail: "A payload was not encrypted with a key of this service.",
          cause,
        });
      });
      response.json({ payloads: translated.map(toJson) });
    });
  }
  return router;
}

/** CORS for one origin: https://fetch.spec.whatwg.org/#http-cors-protocol */
function allowWebUi(origin: string | null): RequestHandler {
  return (request, response, next) => {
    response.vary("Origin");
    if (origin === null || request.get("Origin") !== origin) return next();
    response.set("Access-Control-Allow-Origin", origin);
    response.set("Access-Control-Allow-Headers", "authorization, content-type, x-namespace");
    response.set("Access-Control-Allow-Methods", "POST");
    if (request.method === "OPTIONS") return response.status(204).end();
    next();
  };
}

/** A browser sets Origin itself: no page but the Web UI's own can claim to be it. */
function admit({ keys, requestCounts, webUiOrigin, webUiIsTrusted }: CodecRouteDependencies): RequestHandler[] {
  const isTrusted = (origin: string | undefined) => webUiIsTrusted && webUiOrigin !== null && origin === webUiOrigin;
  const unlessTrusted =
    (handler: RequestHandler): RequestHandler =>
    (request, response, next) =>
      isTrusted(request.get("Origin")) ? next() : handler(request, response, next);
  return [authenticate(keys), limitRequests(requestCounts), requireScope("admin")].map(unlessTrusted);
}

type JsonPayload = { metadata: Record<string, string>; data: string };

function fromJson({ metadata, data }: JsonPayload): Payload {
  const entries = Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, "base64")] as const);
  return { metadata: Object.fromEntries(entries), data: Buffer.from(data, "base64") };
}

function toJson({ metadata, data }: Payload): JsonPayload {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)] as const);
  return { metadata: Object.fromEntries(entries), data: base64(data) };
}

function base64(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString("base64");
}
