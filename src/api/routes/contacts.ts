import { Router } from "express";
import { z } from "zod";
import type { ContactStore, StoredContact } from "../../database/contacts.ts";
import { type ContactBody, contactBodySchema } from "../../domain/contact.ts";
import { userIdSchema } from "../../domain/user.ts";
import { ApiError } from "../errors.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { decodeCursor, pageOf, pageQuerySchema } from "../pages.ts";
import { parse } from "../validation.ts";

const listPathSchema = z.object({ userId: userIdSchema });
const contactPathSchema = z.object({ userId: userIdSchema, contactId: z.uuid() });

export type ContactRouteDependencies = { contacts: ContactStore };

/** A user's addresses and devices. */
export function contactRoutes({ contacts }: ContactRouteDependencies): Router {
  const router = Router();
  const list = router.route("/v1/users/:userId/contacts");

  // An app calls this at each start, so the same address again is 200, not a conflict.
  list.post(requireScope("manage"), jsonBody(), async (request, response) => {
    const { userId } = parse(listPathSchema, request.params);
    const body = parse(contactBodySchema, request.body);
    const stored = await contacts.register(userId, newContactOf(body));
    if (stored === null) throw new ApiError("user_not_found");
    response.status(stored.created ? 201 : 200).json(viewOf(stored.value));
  });

  list.get(requireScope("read"), async (request, response) => {
    const { userId } = parse(listPathSchema, request.params);
    const { limit, cursor } = parse(pageQuerySchema, request.query);
    const rows = await contacts.list(userId, { after: decodeCursor(cursor, z.uuid()), limit: limit + 1 });
    if (rows === null) throw new ApiError("user_not_found");
    response.json(pageOf(rows, limit, ({ id }) => id, viewOf));
  });

  router.delete("/v1/users/:userId/contacts/:contactId", requireScope("manage"), async (request, response) => {
    const { userId, contactId } = parse(contactPathSchema, request.params);
    await contacts.delete(userId, contactId);
    response.status(204).end();
  });

  return router;
}

function newContactOf(body: ContactBody) {
  const { channel, address } = body;
  return { channel, address, app: "app" in body ? body.app : null, primary: "primary" in body ? body.primary : null };
}

function viewOf({ id, channel, address, app, primary, deactivatedAt, registeredAt }: StoredContact) {
  return { id, channel, address, app, primary, active: deactivatedAt === null, registeredAt };
}
