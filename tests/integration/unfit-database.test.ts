import { randomBytes } from "node:crypto";
import pg from "pg";
import { expect, inject, it } from "vitest";
import { migrate } from "../../src/database/migrate.ts";

it("is refused before anything is made in it, where it is not in UTF-8", async () => {
  const name = `test_latin1_${randomBytes(6).toString("hex")}`;
  const server = new pg.Client({ connectionString: inject("postgresUrl") });
  await server.connect();
  // The locale's provider is said too: the shared server's own one knows nothing but UTF-8.
  await server.query(
    `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'`,
  );
  try {
    const url = new URL(inject("postgresUrl"));
    url.pathname = `/${name}`;
    await expect(migrate(url.href, () => undefined)).rejects.toThrow(
      "The database is in LATIN1, not in UTF8: make one with ENCODING 'UTF8' TEMPLATE template0.",
    );
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    const { rowCount } = await client.query("SELECT FROM pg_class WHERE relname = '_prisma_migrations'");
    await client.end();
    expect(rowCount).toBe(0);
  } finally {
    await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await server.end();
  }
});
