import { Router } from "express";
import { z } from "zod";
import type { ContactStore, StoredContact } from "../../database/contacts.ts";
import { type ContactBody, contactBodySchema } from "../../domain/contact.ts";
import { CHANNELS } from "../../domain/channel.ts";
import { countrySchema } from "../../domain/country.ts";
import { userIdSchema } from "../../domain/user.ts";
import { ApiError } from "../errors.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import type { Operations } from "../openapi/operation.ts";
import { decodeCursor, pageOf, pageQuerySchema, pageSchema } from "../pages.ts";
import { parse } from "../validation.ts";

const listPathSchema = z.object({ userId: userIdSchema });
const contactPathSchema = z.object({ userId: userIdSchema, contactId: z.uuid() });

export const contactSchema = z
  .object({
    id: z.uuid(),
    channel: z.enum(CHANNELS),
    address: z.string().meta({ description: "As it is kept and sent to" }),
    app: z.string().nullable(),
    country: countrySchema.nullable().meta({ description: "Of a phone number, by ISO 3166-1, where it has one" }),
    primary: z.boolean(),
    active: z.boolean().meta({ description: "False: the address was found dead, and nothing is sent to it" }),
    createdAt: z.date(),
    lastSeenAt: z.date().meta({ description: "When it was last registered" }),
  })
  .meta({
    id: "Contact",
    examples: [
      {
        id: "01a2040f-9d5e-7fd8-b8e0-41b659fcbb55",
        channel: "email",
        address: "jun@sandbox.test",
        app: null,
        country: null,
        primary: true,
        active: true,
        createdAt: "2026-11-22T16:21:01.917Z",
        lastSeenAt: "2026-11-22T16:21:01.917Z",
      },
    ],
  });

export const contactOperations = {
  "POST /v1/users/:userId/contacts": {
    id: "registerContact",
    summary: "Register an address or a device",
    description:
      "An app may call it at each start: the same address again is the same contact, seen again. A device token belongs to one user; registered for another one it moves there. A user has at most 100 devices, of which the one seen longest ago makes room for a new one, and 100 other addresses.",
    scopes: ["manage"],
    path: listPathSchema,
    body: {
      schema: contactBodySchema,
      example: { channel: "email", address: "jun@sandbox.test", primary: true },
    },
    answers: {
      200: { description: "It was registered before.", body: contactSchema },
      201: { description: "Registered.", body: contactSchema },
    },
    errors: ["user_not_found", "limit_reached"],
  },
  "GET /v1/users/:userId/contacts": {
    id: "listContacts",
    summary: "List a user's contacts",
    description: "In the order of registration.",
    scopes: ["read"],
    path: listPathSchema,
    query: pageQuerySchema,
    answers: { 200: { description: "A page of them.", body: pageSchema(contactSchema) } },
    errors: ["user_not_found"],
  },
  "DELETE /v1/users/:userId/contacts/:contactId": {
    id: "deleteContact",
    summary: "Delete a contact",
    scopes: ["manage"],
    path: contactPathSchema,
    answers: { 204: { description: "The user no longer has this contact." } },
  },
} as const satisfies Operations;

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
    if (stored === "no_user") throw new ApiError("user_not_found");
    if (stored === "too_many") {
      throw new ApiError("limit_reached", { detail: "A user has at most 100 phone numbers and mailboxes." });
    }
    response.status(stored.created ? 201 : 200).json(viewOfContact(stored.value));
  });

  list.get(requireScope("read"), async (request, response) => {
    const { userId } = parse(listPathSchema, request.params);
    const { limit, cursor } = parse(pageQuerySchema, request.query);
    const rows = await contacts.list(userId, { after: decodeCursor(cursor, z.uuid()), limit: limit + 1 });
    if (rows === null) throw new ApiError("user_not_found");
    response.json(pageOf(rows, limit, ({ id }) => id, viewOfContact));
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

export function viewOfContact(contact: StoredContact): z.input<typeof contactSchema> {
  const { id, channel, address, app, country, primary, deactivatedAt, createdAt, lastSeenAt } = contact;
  return { id, channel, address, app, country, primary, active: deactivatedAt === null, createdAt, lastSeenAt };
}
