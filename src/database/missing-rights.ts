import type pg from "pg";

/** Codes with which PostgreSQL refuses for want of rights; without USAGE on it a schema is as if it were not there. */
const INSUFFICIENT_PRIVILEGE = "42501";
const INVALID_SCHEMA_NAME = "3F000";

/** Whether PostgreSQL refused because of what this role may do. */
export function isRefusal(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === INSUFFICIENT_PRIVILEGE || code === INVALID_SCHEMA_NAME;
}

/**
 * The SQL with which somebody else gives this role what a migration needs; empty where that is not what is missing. The
 * rights are asked for, since the server says in its own language which one it missed.
 */
export async function missingRights(client: Pick<pg.Client, "query">): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(MISSING_RIGHTS);
  return rows.map(({ statement }) => statement);
}

/** Who made the first table owns the others: only its members may alter them. */
const MISSING_RIGHTS = `
  WITH target AS (SELECT to_regnamespace(quote_ident(coalesce(current_schema(), 'public')))::oid AS schema)
  SELECT format('GRANT USAGE, CREATE ON SCHEMA %s TO %I;', schema::regnamespace, current_user) AS statement
  FROM target
  WHERE NOT has_schema_privilege(schema, 'USAGE') OR NOT has_schema_privilege(schema, 'CREATE')
  UNION ALL
  SELECT format('GRANT %I TO %I;', pg_get_userbyid(relowner), current_user)
  FROM target JOIN pg_class ON relnamespace = schema AND relname = '_prisma_migrations'
  WHERE NOT pg_has_role(relowner, 'USAGE')`;

/** Where not even the connection is allowed, nobody can be asked. */
export function connectRight(client: pg.Client): string {
  const name = (word: string | undefined) => client.escapeIdentifier(word ?? "");
  return `GRANT CONNECT ON DATABASE ${name(client.database)} TO ${name(client.user)};`;
}
