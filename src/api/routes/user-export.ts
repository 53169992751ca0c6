import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Router } from "express";
import { z } from "zod";
import type { ContactStore } from "../../database/contacts.ts";
import type { PreferencesStore } from "../../database/preferences.ts";
import type { SuppressionStore } from "../../database/suppressions.ts";
import type { TopicStore } from "../../database/topics.ts";
import type { UserNotification, UserNotificationStore } from "../../database/user-notifications.ts";
import type { UserStore } from "../../database/users.ts";
import { CHANNEL_WORDS } from "../../domain/channel.ts";
import { encodeNotificationId } from "../../domain/notification-id.ts";
import { DELIVERY_STATUSES, NOTIFICATION_STATUSES } from "../../domain/status.ts";
import { userIdSchema } from "../../domain/user.ts";
import { ApiError } from "../errors.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { notificationIdSchema } from "../notification-schemas.ts";
import type { Operations } from "../openapi/operation.ts";
import { parse } from "../validation.ts";
import { contactSchema, viewOfContact } from "./contacts.ts";
import { preferencesSchema, viewOfPreferences } from "./preferences.ts";
import { suppressionSchema, viewOfSuppression } from "./suppressions.ts";
import { subscriptionSchema, viewOfTopic } from "./topics.ts";
import { userSchema, viewOfUser } from "./users.ts";

const pathSchema = z.object({ userId: userIdSchema });
const instantSchema = z.iso.datetime({ offset: true });

const exportedNotificationSchema = z
  .object({
    id: notificationIdSchema,
    client: z.string().meta({ description: "Who has sent it" }),
    eventId: z.string(),
    user: z.string(),
    category: z.string(),
    template: z.object({ id: z.string(), version: z.number().int() }),
    locale: z.string().nullable(),
    status: z.enum(NOTIFICATION_STATUSES),
    reason: z.string().nullable(),
    createdAt: z.date(),
    finishedAt: z.date().nullable(),
    deliveries: z.array(
      z.object({
        id: z.uuid(),
        channel: z.enum(CHANNEL_WORDS),
        contactId: z.uuid().nullable(),
        provider: z.string().nullable(),
        status: z.enum(DELIVERY_STATUSES),
        reason: z.string().nullable(),
        sentAt: instantSchema.nullable(),
        deliveredAt: instantSchema.nullable(),
        openedAt: instantSchema.nullable(),
        clickedAt: instantSchema.nullable(),
      }),
    ),
  })
  .meta({ id: "ExportedNotification" });

const exportSchema = z
  .object({
    exportedAt: z.date(),
    user: userSchema.nullable().meta({ description: "Null: erased; what is left follows" }),
    contacts: z.array(contactSchema),
    preferences: preferencesSchema.nullable(),
    topics: z.array(subscriptionSchema),
    suppressions: z.array(suppressionSchema).meta({ description: "Those of the contacts" }),
    notifications: z.array(exportedNotificationSchema).meta({ description: "Without their content, newest first" }),
  })
  .meta({ id: "UserExport" });

export const userExportOperations = {
  "GET /v1/users/:userId/export": {
    id: "exportUser",
    summary: "Export what is stored about a user",
    description:
      "As one document, however large, without the texts and variables of notifications. It shows those of every client, hence the scope.",
    scopes: ["admin"],
    path: pathSchema,
    answers: { 200: { description: "The document.", body: exportSchema } },
    errors: ["user_not_found"],
  },
} as const satisfies Operations;

export type UserExportRouteDependencies = {
  users: UserStore;
  contacts: ContactStore;
  preferences: PreferencesStore;
  topics: TopicStore;
  suppressions: SuppressionStore;
  userNotifications: UserNotificationStore;
  now: () => Date;
};

/** More than a user may have of any. */
const EVERYTHING = { after: null, limit: 10_000 };
const NOTIFICATIONS_AT_ONCE = 500;

/** What the law calls access: what is stored about one person, without the contents of notifications. */
export function userExportRoutes(deps: UserExportRouteDependencies): Router {
  const router = Router();

  router.get("/v1/users/:userId/export", requireScope("admin"), async (request, response) => {
    const { userId } = parse(pathSchema, request.params);
    const profile = await profileOf(deps, userId);
    const first = await deps.userNotifications.list(userId, { before: null, limit: NOTIFICATIONS_AT_ONCE });
    if (profile.user === null && first.length === 0) throw new ApiError("user_not_found");
    response.type("json");
    try {
      await pipeline(Readable.from(documentOf(deps, userId, profile, first)), response);
    } catch (error) {
      // The caller hung up, and nobody is left to tell.
      if ((error as { code?: unknown }).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
    }
  });

  return router;
}

type Profile = Awaited<ReturnType<typeof profileOf>>;

async function profileOf(deps: UserExportRouteDependencies, userId: string) {
  const user = await deps.users.get(userId);
  const contacts = (await deps.contacts.list(userId, EVERYTHING)) ?? [];
  const preferences = await deps.preferences.get(userId);
  const topics = (await deps.topics.list(userId, EVERYTHING)) ?? [];
  const suppressions = await deps.suppressions.listOfUser(userId);
  return {
    exportedAt: deps.now(),
    user: user === null ? null : viewOfUser(user),
    contacts: contacts.map(viewOfContact),
    preferences: preferences === null ? null : viewOfPreferences(preferences),
    topics: topics.map(viewOfTopic),
    suppressions: suppressions.map(viewOfSuppression),
  };
}

/** The document in pieces: of the notifications, which have no end, a page at a time is in memory. */
async function* documentOf(
  { userNotifications }: UserExportRouteDependencies,
  userId: string,
  profile: Profile,
  first: UserNotification[],
): AsyncGenerator<string> {
  yield `${JSON.stringify(profile).slice(0, -1)},"notifications":[`;
  let separator = "";
  for (let page = first; page.length > 0;) {
    for (const notification of page) {
      yield separator + JSON.stringify(viewOf(notification, userId));
      separator = ",";
    }
    const before = page.at(-1)?.rowId ?? null;
    page = await userNotifications.list(userId, { before, limit: NOTIFICATIONS_AT_ONCE });
  }
  yield "]}";
}

function viewOf(notification: UserNotification, user: string): z.input<typeof exportedNotificationSchema> {
  const { rowId: _, clientId, ...kept } = notification;
  const id = encodeNotificationId({ clientId, eventId: kept.eventId });
  return { id, client: clientId, user, ...kept };
}
