import { Router } from "express";
import { z } from "zod";
import type { KeyStore, StoredKey } from "../../database/keys.ts";
import { clientIdSchema } from "../../domain/notification-id.ts";
import { scopeSchema } from "../../domain/scope.ts";
import { ApiError } from "../errors.ts";
import { callerOf, requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { decodeCursor, pageOf, pageQuerySchema } from "../pages.ts";
import { parse } from "../validation.ts";

const pathSchema = z.object({ keyId: z.uuid() });

const keyBodySchema = z.strictObject({
  /** What the key is for; shown in lists. */
  name: z.string().min(1).max(100),
  scopes: z
    .array(scopeSchema)
    .min(1)
    .refine((scopes) => new Set(scopes).size === scopes.length, "must not repeat"),
  /** The calling service; made where it does not exist. Default: the caller's own. */
  client: clientIdSchema.optional(),
  expiresAt: z.iso.datetime({ offset: true }).nullish(),
});

export type KeyRouteDependencies = { keys: KeyStore; now: () => Date };

/** API keys of every client; for administrators only. */
export function keyRoutes({ keys, now }: KeyRouteDependencies): Router {
  const router = Router();
  const list = router.route("/v1/keys");

  list.post(requireScope("admin"), jsonBody(), async (request, response) => {
    const { name, scopes, client, expiresAt } = parse(keyBodySchema, request.body);
    const expires = expiresAt === null || expiresAt === undefined ? null : new Date(expiresAt);
    if (expires !== null && expires <= now()) {
      throw new ApiError("invalid_request", { errors: [{ field: "expiresAt", message: "must be in the future" }] });
    }
    const clientId = client ?? callerOf(response).clientId;
    await keys.ensureClient({ id: clientId, name: clientId });
    const { key, appSecret } = await keys.create({ clientId, name, scopes, expiresAt: expires });
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
    await keys.revoke(keyId);
    response.status(204).end();
  });

  return router;
}

function viewOf({ id, clientId, appKey, name, scopes, createdAt, expiresAt, revokedAt }: StoredKey) {
  return { id, client: clientId, appKey, name, scopes, createdAt, expiresAt, revokedAt };
}
