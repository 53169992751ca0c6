import { Router } from "express";
import { z } from "zod";
import type { StoredTemplate, TemplateStore } from "../../database/templates.ts";
import type { StoredUser, UserStore } from "../../database/users.ts";
import { CONTENT_KINDS, type ContentKind } from "../../domain/channel.ts";
import { localeSchema } from "../../domain/locale.ts";
import { selectContent, templateBodySchema, templateIdSchema, templateLocalesSchema } from "../../domain/template.ts";
import { userIdSchema } from "../../domain/user.ts";
import { checkTemplate } from "../../rendering/check-template.ts";
import { findMissingVariables } from "../../rendering/missing-variables.ts";
import { renderContent } from "../../rendering/render.ts";
import { templateVariables } from "../../rendering/template-variables.ts";
import { ApiError } from "../errors.ts";
import { actorOf, requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import type { Operations } from "../openapi/operation.ts";
import { shownContent, shownSchemas } from "../shown-content.ts";
import { decodeCursor, pageOf, pageQuerySchema, pageSchema } from "../pages.ts";
import { missingVariables, templateInvalid } from "../template-problems.ts";
import { parse } from "../validation.ts";

const MAX_VERSION = 2_147_483_647;
const pathSchema = z.object({ id: templateIdSchema.meta({ examples: ["receipt"] }) });
const getQuerySchema = z.strictObject({
  version: z.coerce.number().int().min(1).max(MAX_VERSION).optional().meta({ description: "Default: the current one" }),
});
const versionSchema = z.number().int().min(1).max(MAX_VERSION);

const previewBodySchema = z.strictObject({
  version: versionSchema.optional().meta({ description: "Default: the current one" }),
  locale: localeSchema.optional().meta({ description: "Default: the user's, else the template's default" }),
  userId: userIdSchema.optional().meta({ description: "Whose attributes fill in `user`" }),
  data: z.record(z.string(), z.unknown()).default({}),
});

const rollbackBodySchema = z.strictObject({
  version: versionSchema
    .optional()
    .meta({ description: "Whose texts become current again; default: the one before the current" }),
});

const LOCALES = {
  default: {
    push: { title: "Receipt", body: "{{ amount }} paid" },
    email: { subject: "Receipt", text: "Hello {{ user.first_name }}, {{ amount }} paid." },
  },
};
const TIMES = { createdAt: "2026-11-22T16:21:02.007Z", updatedAt: "2026-11-22T16:21:02.007Z" };

const templateSchema = z
  .object({
    id: z.string(),
    version: z.number().int(),
    currentVersion: z.number().int().meta({ description: "The one that new notifications take" }),
    locales: templateLocalesSchema,
    createdAt: z.date().meta({ description: "Of the template" }),
    updatedAt: z.date().meta({ description: "Of this version" }),
  })
  .meta({ id: "Template", examples: [{ id: "receipt", version: 1, currentVersion: 1, locales: LOCALES, ...TIMES }] });

const templateSummarySchema = z
  .object({ id: z.string(), version: z.number().int(), createdAt: z.date(), updatedAt: z.date() })
  .meta({ id: "TemplateSummary", examples: [{ id: "receipt", version: 1, ...TIMES }] });

const foundIn = { locale: z.string().meta({ description: "Where the text was found" }) };
const previewSchema = z
  .object({
    id: z.string(),
    version: z.number().int(),
    locale: z.string().nullable(),
    channels: z.object({
      push: shownSchemas.push.extend(foundIn).optional(),
      sms: shownSchemas.sms.extend(foundIn).optional(),
      email: shownSchemas.email.extend(foundIn).optional(),
    }),
  })
  .meta({
    id: "TemplatePreview",
    examples: [
      {
        id: "receipt",
        version: 1,
        locale: "ko-KR",
        channels: {
          push: { locale: "default", title: "Receipt", body: "12 EUR paid", data: {} },
          email: { locale: "default", subject: "Receipt", text: "Hello Jun, 12 EUR paid.", html: null },
        },
      },
    ],
  });

export const templateOperations = {
  "PUT /v1/templates/:id": {
    id: "putTemplate",
    summary: "Create a template, or a new version of it",
    description: "Liquid, by locale and channel. Always a new version, which new notifications take.",
    scopes: ["manage"],
    path: pathSchema,
    body: { schema: templateBodySchema, example: { locales: LOCALES } },
    answers: {
      200: { description: "A new version.", body: templateSchema },
      201: { description: "A new template.", body: templateSchema },
    },
    errors: ["template_invalid"],
  },
  "GET /v1/templates/:id": {
    id: "getTemplate",
    summary: "Show a template",
    scopes: ["read"],
    path: pathSchema,
    query: getQuerySchema,
    answers: { 200: { description: "The version that was asked for.", body: templateSchema } },
    errors: ["template_not_found"],
  },
  "GET /v1/templates": {
    id: "listTemplates",
    summary: "List the templates",
    description: "By id, without their texts.",
    scopes: ["read"],
    query: pageQuerySchema,
    answers: { 200: { description: "A page of them.", body: pageSchema(templateSummarySchema) } },
  },
  "POST /v1/templates/:id/preview": {
    id: "previewTemplate",
    summary: "Render a template",
    description: "What each channel would say. Nothing is sent or stored.",
    scopes: ["read"],
    path: pathSchema,
    body: { schema: previewBodySchema, example: { userId: "u1", data: { amount: "12 EUR" } }, optional: true },
    answers: { 200: { description: "The texts.", body: previewSchema } },
    errors: ["template_not_found", "user_not_found", "missing_variable", "template_invalid"],
  },
  "POST /v1/templates/:id/rollback": {
    id: "rollBackTemplate",
    summary: "Restore the texts of an old version",
    description: "As a new version.",
    scopes: ["manage"],
    path: pathSchema,
    body: { schema: rollbackBodySchema, example: { version: 1 }, optional: true },
    answers: { 200: { description: "The new version.", body: templateSchema } },
    errors: ["template_not_found"],
  },
} as const satisfies Operations;

export type TemplateRouteDependencies = { templates: TemplateStore; users: Pick<UserStore, "get"> };

/** Texts by channel and locale, in versions that never change, shared by every client of the installation. */
export function templateRoutes({ templates, users }: TemplateRouteDependencies): Router {
  const router = Router();
  const template = router.route("/v1/templates/:id");

  template.put(requireScope("manage"), jsonBody(), async (request, response) => {
    const { id } = parse(pathSchema, request.params);
    const { locales } = parse(templateBodySchema, request.body);
    const found = checkTemplate(locales);
    if (found.length > 0) throw templateInvalid(found);
    const { value, created } = await templates.put(id, locales, actorOf(response));
    response.status(created ? 201 : 200).json(viewOf(value));
  });

  template.get(requireScope("read"), async (request, response) => {
    const { id } = parse(pathSchema, request.params);
    const { version } = parse(getQuerySchema, request.query);
    response.json(viewOf(await existing(templates, id, version)));
  });

  router.get("/v1/templates", requireScope("read"), async (request, response) => {
    const { limit, cursor } = parse(pageQuerySchema, request.query);
    const rows = await templates.list({ after: decodeCursor(cursor, templateIdSchema), limit: limit + 1 });
    const view = ({ id, currentVersion, createdAt, updatedAt }: (typeof rows)[number]) => {
      return { id, version: currentVersion, createdAt, updatedAt };
    };
    response.json(pageOf(rows, limit, ({ id }) => id, view));
  });

  router.post(
    "/v1/templates/:id/preview",
    requireScope("read"),
    jsonBody({ optional: true }),
    async (req, response) => {
      const { id } = parse(pathSchema, req.params);
      const { version, locale, userId, data } = parse(previewBodySchema, req.body);
      const stored = await existing(templates, id, version);
      const user = userId === undefined ? null : await users.get(userId);
      if (userId !== undefined && user === null) throw new ApiError("user_not_found");
      response.json({ id, version: stored.version, ...preview(stored, locale ?? user?.locale ?? null, data, user) });
    },
  );

  router.post(
    "/v1/templates/:id/rollback",
    requireScope("manage"),
    jsonBody({ optional: true }),
    async (req, response) => {
      const { id } = parse(pathSchema, req.params);
      const { version } = parse(rollbackBodySchema, req.body);
      const rolledBack = await templates.rollback(id, version ?? null, actorOf(response));
      if (rolledBack === null) throw new ApiError("template_not_found");
      response.json(viewOf(rolledBack));
    },
  );

  return router;
}

async function existing(templates: TemplateStore, id: string, version: number | undefined): Promise<StoredTemplate> {
  const found = await templates.get(id, version ?? null);
  if (found === null) throw new ApiError("template_not_found");
  return found;
}

/** What each channel would say, with the locale that its text was found in. */
function preview(
  stored: StoredTemplate,
  locale: string | null,
  data: Record<string, unknown>,
  user: StoredUser | null,
) {
  const { locales } = stored;
  const variables = templateVariables(data, user);
  const kinds = CONTENT_KINDS.filter((kind) => selectContent(locales, kind, locale) !== null);
  const missing = findMissingVariables(locales, { kinds, locales: [locale] }, variables);
  if (missing.length > 0) throw missingVariables(missing, user !== null);
  const render = (kind: ContentKind) => {
    const content = shownContent(renderContent(locales, kind, locale, variables));
    return { locale: selectContent(locales, kind, locale)?.locale, ...content };
  };
  return { locale, channels: Object.fromEntries(kinds.map((kind) => [kind, render(kind)])) };
}

function viewOf({
  id,
  version,
  currentVersion,
  locales,
  createdAt,
  updatedAt,
}: StoredTemplate): z.input<typeof templateSchema> {
  return { id, version, currentVersion, locales, createdAt, updatedAt };
}
