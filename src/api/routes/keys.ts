import { Router } from "express";
import { z } from "zod";
import type { KeyStore, StoredKey } from "../../database/keys.ts";
import { instantSchema } from "../../domain/notification-body.ts";
import { clientIdSchema } from "../../domain/notification-id.ts";
import { formatDuration, parseDuration } from "../../domain/duration.ts";
import { type RequestLimit, requestLimitSchema } from "../../domain/request-limit.ts";
import { scopeSchema } from "../../domain/scope.ts";
import { invalidField } from "../errors.ts";
import { actorOf, callerOf, requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import type { Operations } from "../openapi/operation.ts";
import { decodeCursor, pageOf, pageQuerySchema, pageSchema } from "../pages.ts";
import { parse } from "../validation.ts";

const pathSchema = z.object({ keyId: z.uuid() });

const keyBodySchema = z.strictObject({
  name: z.string().min(1).max(100).meta({ description: "What the key is for; shown in lists" }),
  scopes: z
    .array(scopeSchema)
    .min(1)
    .refine((scopes) => new Set(scopes).size === scopes.length, "must not repeat")
    .meta({ uniqueItems: true }),
  client: clientIdSchema
    .optional()
    .meta({ description: "The calling service; made where it does not exist. Default: the caller's own" }),
  expiresAt: instantSchema.nullish(),
  requestLimit: requestLimitSchema
    .nullish()
    .transform((limit) => limit ?? null)
    .meta({ description: "Of this key, over all processes of the API; null: none" }),
});

const KEY = {
  id: "01a2040f-9e20-74cb-8bd9-3f64defd24df",
  client: "shop",
  appKey: "tk_mP6NBv9t0YHIS0cWHyOR",
  name: "shop backend",
  scopes: ["send", "read"],
  createdAt: "2026-11-22T16:21:02.115Z",
  expiresAt: null,
  revokedAt: null,
  requestLimit: { max: 600, per: "1m" },
};

const keySchema = z
  .object({
    id: z.uuid(),
    client: z.string(),
    appKey: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    createdAt: z.date(),
    expiresAt: z.date().nullable(),
    revokedAt: z.date().nullable(),
    requestLimit: requestLimitSchema.nullable(),
  })
  .meta({ id: "Key", examples: [KEY] });

const newKeySchema = keySchema
  .extend({ appSecret: z.string().meta({ description: "Shown only this once" }) })
  .meta({ id: "NewKey", examples: [{ ...KEY, appSecret: "kG0…" }] });

export const keyOperations = {
  "POST /v1/keys": {
    id: "createKey",
    summary: "Create an API key",
    scopes: ["admin"],
    body: {
      schema: keyBodySchema,
      example: {
        name: "shop backend",
        client: "shop",
        scopes: ["send", "read"],
        requestLimit: { max: 600, per: "1m" },
      },
    },
    answers: { 201: { description: "Created. Its secret is shown only this once.", body: newKeySchema } },
  },
  "GET /v1/keys": {
    id: "listKeys",
    summary: "List the API keys",
    description: "Those of every client, the oldest first, revoked ones too, without secrets.",
    scopes: ["admin"],
    query: pageQuerySchema,
    answers: { 200: { description: "A page of them.", body: pageSchema(keySchema) } },
  },
  "DELETE /v1/keys/:keyId": {
    id: "revokeKey",
    summary: "Revoke an API key",
    description: "It stays in the list. A revocation counts from the next request on.",
    scopes: ["admin"],
    path: pathSchema,
    answers: { 204: { description: "The key is no longer valid." } },
  },
} as const satisfies Operations;

export type KeyRouteDependencies = { keys: KeyStore; now: () => Date };

/** API keys of every client; for administrators only. */
export function keyRoutes({ keys, now }: KeyRouteDependencies): Router {
  const router = Router();
  const list = router.route("/v1/keys");

  list.post(requireScope("admin"), jsonBody(), async (request, response) => {
    const { name, scopes, client, expiresAt, requestLimit } = parse(keyBodySchema, request.body);
    const expires = expiresAt === null || expiresAt === undefined ? null : new Date(expiresAt);
    if (expires !== null && expires <= now()) {
      throw invalidField("expiresAt", "must be in the future");
    }
    const clientId = client ?? callerOf(response).clientId;
    await keys.ensureClient({ id: clientId, name: clientId });
    const { key, appSecret } = await keys.create(
      { clientId, name, scopes, expiresAt: expires, requestLimit: counted(requestLimit) },
      actorOf(response),
    );
    // The only time that the secret is seen.
    response.status(201).json({ ...viewOf(key), appSecret });
  });

  list.get(requireScope("admin"), async (request, response) => {
    const { limit, cursor } = parse(pageQuerySchema, request.query);
    const rows = await keys.list({ after: decodeCursor(cursor, z.uuid()), limit: limit + 1 });
    response.json(pageOf(rows, limit, ({ id }) => id, viewOf));
  });

  router.delete("/v1/keys/:keyId", requireScope("admin"), async (request, response) => {
    const { keyId } = parse(pathSchema, request.params);
    await keys.revoke(keyId, actorOf(response));
    response.status(204).end();
  });

  return router;
}

function viewOf({
  id,
  clientId,
  appKey,
  name,
  scopes,
  createdAt,
  expiresAt,
  revokedAt,
  requestLimit,
}: StoredKey): z.input<typeof keySchema> {
  const limit = requestLimit === null ? null : { max: requestLimit.max, per: formatDuration(requestLimit.perMs) };
  return { id, client: clientId, appKey, name, scopes, createdAt, expiresAt, revokedAt, requestLimit: limit };
}

function counted(limit: RequestLimit | null) {
  return limit === null ? null : { max: limit.max, perMs: parseDuration(limit.per) ?? 0 };
}
