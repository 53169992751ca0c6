import type pg from "pg";
import type { Actor } from "../domain/audit.ts";
import type { TemplateLocales } from "../domain/template.ts";
import { audited } from "./audited.ts";
import type { Stored } from "./created.ts";
import { CREATED } from "./created.ts";
import type { PrismaClient } from "./generated/client.ts";

/** One version of a template. */
export type StoredTemplate = {
  id: string;
  version: number;
  /** The version that new notifications take. */
  currentVersion: number;
  locales: TemplateLocales;
  /** When the template first came, and when this version did. */
  createdAt: Date;
  updatedAt: Date;
};
export type TemplateSummary = { id: string; currentVersion: number; createdAt: Date; updatedAt: Date };
export type TemplateStore = ReturnType<typeof createTemplateStore>;

/** Templates are never deleted, and versions never changed: notifications under way name the version they began with. */
export function createTemplateStore(database: { pool: pg.Pool; prisma: PrismaClient }) {
  const { pool, prisma } = database;
  return {
    /** Always a new version, and the current one from now on. Two at once get two numbers: the row's lock orders them. */
    async put(id: string, locales: TemplateLocales, by: Actor): Promise<Stored<StoredTemplate>> {
      const { rows } = await audited(pool, by, (connection) =>
        connection.query<StoredTemplate & { created: boolean }>(PUT, [id, JSON.stringify(locales)]),
      );
      const [row] = rows;
      if (row === undefined) throw new Error("an upsert always returns its row");
      const { created, ...value } = row;
      return { value, created };
    },

    /** Null where the template or the version does not exist. `version` null: the current one. */
    async get(id: string, version: number | null): Promise<StoredTemplate | null> {
      const { rows } = await pool.query<StoredTemplate>(GET, [id, version]);
      return rows[0] ?? null;
    },

    /**
     * Makes an old version's content current again, as a new version: numbers only rise, and the history shows what
     * was current when. `version` null: the one before the current. Null where there is no such version.
     */
    async rollback(id: string, version: number | null, by: Actor): Promise<StoredTemplate | null> {
      const rollBack = (connection: pg.PoolClient) => connection.query<StoredTemplate>(ROLLBACK, [id, version]);
      const { rows } = await audited(pool, by, rollBack, { restored: version });
      return rows[0] ?? null;
    },

    /** By id, after `after`. */
    list(page: { after: string | null; limit: number }): Promise<TemplateSummary[]> {
      const where = page.after === null ? {} : { id: { gt: page.after } };
      return prisma.template.findMany({ where, orderBy: { id: "asc" }, take: page.limit });
    },
  };
}

// One statement each: the upsert locks the template's row until its version is there.
const PUT = `
  WITH template AS (
    INSERT INTO templates (id, current_version) VALUES ($1, 1)
    ON CONFLICT (id) DO UPDATE SET current_version = templates.current_version + 1, updated_at = now()
    RETURNING id, current_version, created_at, ${CREATED}
  ), version AS (
    INSERT INTO template_versions (template_id, version, locales)
    SELECT id, current_version, $2 FROM template
    RETURNING version, locales, created_at
  )
  SELECT t.id, v.version, t.current_version AS "currentVersion", v.locales, t.created_at AS "createdAt",
    v.created_at AS "updatedAt", t.created
  FROM template t CROSS JOIN version v`;

const GET = `
  SELECT t.id, v.version, t.current_version AS "currentVersion", v.locales, t.created_at AS "createdAt",
    v.created_at AS "updatedAt"
  FROM templates t
  JOIN template_versions v ON v.template_id = t.id AND v.version = coalesce($2, t.current_version)
  WHERE t.id = $1`;

const ROLLBACK = `
  WITH old AS (
    SELECT v.locales
    FROM templates t
    JOIN template_versions v ON v.template_id = t.id AND v.version = coalesce($2, t.current_version - 1)
    WHERE t.id = $1
  ), template AS (
    UPDATE templates SET current_version = current_version + 1, updated_at = now()
    WHERE id = $1 AND EXISTS (SELECT FROM old)
    RETURNING id, current_version, created_at
  ), version AS (
    INSERT INTO template_versions (template_id, version, locales)
    SELECT t.id, t.current_version, old.locales FROM template t CROSS JOIN old
    RETURNING version, locales, created_at
  )
  SELECT t.id, v.version, t.current_version AS "currentVersion", v.locales, t.created_at AS "createdAt",
    v.created_at AS "updatedAt"
  FROM template t CROSS JOIN version v`;
