import { Router } from "express";
import { z } from "zod";
import type { StoredTemplate, TemplateStore } from "../../database/templates.ts";
import type { StoredUser, UserStore } from "../../database/users.ts";
import { CONTENT_KINDS, type ContentKind } from "../../domain/channel.ts";
import { localeSchema } from "../../domain/locale.ts";
import { selectContent, templateBodySchema, templateIdSchema } from "../../domain/template.ts";
import { userIdSchema } from "../../domain/user.ts";
import { checkTemplate } from "../../rendering/check-template.ts";
import { findMissingVariables } from "../../rendering/missing-variables.ts";
import { renderContent } from "../../rendering/render.ts";
import { templateVariables } from "../../rendering/template-variables.ts";
import { ApiError } from "../errors.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { decodeCursor, pageOf, pageQuerySchema } from "../pages.ts";
import { missingVariables, templateInvalid } from "../template-problems.ts";
import { parse } from "../validation.ts";

const MAX_VERSION = 2_147_483_647;
const pathSchema = z.object({ id: templateIdSchema });
const getQuerySchema = z.strictObject({ version: z.coerce.number().int().min(1).max(MAX_VERSION).optional() });
const versionSchema = z.number().int().min(1).max(MAX_VERSION);

const previewBodySchema = z.strictObject({
  /** Default: the current one. */
  version: versionSchema.optional(),
  /** Default: the user's, else the template's default. */
  locale: localeSchema.optional(),
  /** Whose attributes fill in `user`. */
  userId: userIdSchema.optional(),
  data: z.record(z.string(), z.json()).default({}),
});

/** The version whose content becomes current again; default: the one before the current. */
const rollbackBodySchema = z.strictObject({ version: versionSchema.optional() });

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
    const { value, created } = await templates.put(id, locales);
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
      const rolledBack = await templates.rollback(id, version ?? null);
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
  if (missing.length > 0) throw missingVariables(missing);
  const render = (kind: ContentKind) => {
    const { kind: _, ...content } = renderContent(locales, kind, locale, variables);
    return { locale: selectContent(locales, kind, locale)?.locale, ...content };
  };
  return { locale, channels: Object.fromEntries(kinds.map((kind) => [kind, render(kind)])) };
}

function viewOf({ id, version, currentVersion, locales, createdAt, updatedAt }: StoredTemplate) {
  return { id, version, currentVersion, locales, createdAt, updatedAt };
}
