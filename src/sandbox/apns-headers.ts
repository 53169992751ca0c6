import type { IncomingHttpHeaders } from "node:http2";
import { z } from "zod";
import { parseJson } from "./http-stand-in.ts";
import type { Respond } from "./rules.ts";

const HOUR_S = 3_600;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_COLLAPSE_ID_BYTES = 64;
const PRIORITIES = new Set(["1", "5", "10"]);
const PUSH_TYPES = new Set([
  "alert",
  "background",
  "complication",
  "controls",
  "fileprovider",
  "liveactivity",
  "location",
  "mdm",
  "pushtotalk",
  "voip",
  "widgets",
]);

const jwtHeader = z.object({ alg: z.literal("ES256"), kid: z.string().min(1) });
const jwtClaims = z.object({ iss: z.string().min(1), iat: z.int() });

type Refusal = Respond & { status: number };

/** What APNs finds wrong with the headers of a push, or null. The signature is not checked: any key will do here. */
export function problemOfHeaders(headers: IncomingHttpHeaders, now: Date): Refusal | null {
  const { authorization } = headers;
  if (authorization === undefined) return { status: 403, code: "MissingProviderToken" };
  const issuedAt = issueTimeOf(authorization);
  if (issuedAt === null) return { status: 403, code: "InvalidProviderToken" };
  if (now.getTime() / 1_000 - issuedAt > HOUR_S) return { status: 403, code: "ExpiredProviderToken" };
  if (isMissing(headers["apns-topic"])) return { status: 400, code: "MissingTopic" };
  if (!fits(headers["apns-id"], (id) => UUID.test(id))) return { status: 400, code: "BadMessageId" };
  if (!fits(headers["apns-collapse-id"], (id) => Buffer.byteLength(id) <= MAX_COLLAPSE_ID_BYTES)) {
    return { status: 400, code: "BadCollapseId" };
  }
  if (!fits(headers["apns-expiration"], (time) => /^\d+$/.test(time))) {
    return { status: 400, code: "BadExpirationDate" };
  }
  if (!fits(headers["apns-priority"], (priority) => PRIORITIES.has(priority))) {
    return { status: 400, code: "BadPriority" };
  }
  if (!fits(headers["apns-push-type"], (type) => PUSH_TYPES.has(type))) return { status: 400, code: "InvalidPushType" };
  return null;
}

/** Seconds since 1970 at which the provider token says it was made, or null where it is no such token. */
function issueTimeOf(authorization: string): number | null {
  const [, header = "", claims = ""] = /^bearer ([\w-]+)\.([\w-]+)\.[\w-]+$/i.exec(authorization) ?? [];
  const decoded = (part: string) => parseJson(Buffer.from(part, "base64url").toString("utf8"));
  if (!jwtHeader.safeParse(decoded(header)).success) return null;
  return jwtClaims.safeParse(decoded(claims)).data?.iat ?? null;
}

type HeaderValue = string | string[] | undefined;

function isMissing(value: HeaderValue): boolean {
  return typeof value !== "string" || value === "";
}

/** A header that may be left out. */
function fits(value: HeaderValue, test: (value: string) => boolean): boolean {
  return value === undefined || (typeof value === "string" && test(value));
}
