import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool } from "../../src/database/pool.ts";
import { createPrisma } from "../../src/database/prisma.ts";
import { isDatabaseUnavailable } from "../../src/database/unavailable.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

/** What pg and Prisma throw when they run this on a pool of their own. */
async function failuresOf(sql: string, options: pg.PoolConfig = {}): Promise<unknown[]> {
  const pool = new pg.Pool({ connectionString: database.url, ...options });
  pool.on("error", () => undefined);
  const prisma = createPrisma(pool);
  try {
    const results = await Promise.allSettled([pool.query(sql), prisma.$queryRawUnsafe(sql)]);
    return results.map((result) => (result.status === "rejected" ? (result.reason as unknown) : null));
  } finally {
    await prisma.$disconnect();
    await pool.end();
  }
}

describe("isDatabaseUnavailable, with a real PostgreSQL", () => {
  it.each([
    ["a connection that the server ends", "SELECT pg_terminate_backend(pg_backend_pid())::text", {}],
    ["a statement that takes too long", "SELECT 1 FROM pg_sleep(5)", { statement_timeout: 50 }],
    ["a server that does not answer in time", "SELECT 1 FROM pg_sleep(1)", { query_timeout: 50 }],
  ])("knows %s", async (_, sql, options) => {
    expect((await failuresOf(sql, options)).map(isDatabaseUnavailable)).toEqual([true, true]);
  });

  it("knows a database that does not exist", async () => {
    const url = new URL(database.url);
    url.pathname = "/nowhere";
    const failures = await failuresOf("SELECT 1", { connectionString: url.href });
    expect(failures.map(isDatabaseUnavailable)).toEqual([true, true]);
  });

  it("knows a pool that has no connection left, and one that was closed", async () => {
    const pool = createPool(database.url, { max: 1, applicationName: "unavailable-test" });
    const prisma = createPrisma(pool);
    const held = await pool.connect();
    const waiting = await Promise.allSettled([pool.query("SELECT 1"), prisma.user.findMany()]);
    held.release();
    await prisma.$disconnect();
    await pool.end();
    const closed = await Promise.allSettled([pool.query("SELECT 1")]);
    const failures = [...waiting, ...closed].map((result) => (result.status === "rejected" ? result.reason : null));
    expect(failures.map(isDatabaseUnavailable)).toEqual([true, true, true]);
  });

  it.each([
    ["a constraint", "INSERT INTO preferences (user_id) VALUES ('nobody') RETURNING 1"],
    ["a missing table", "SELECT 1 FROM nowhere"],
    ["a division by zero", "SELECT 1 / 0"],
  ])("takes %s for something else", async (_, sql) => {
    const failures = await failuresOf(sql);
    expect(failures.every((failure) => failure instanceof Error)).toBe(true);
    expect(failures.map(isDatabaseUnavailable)).toEqual([false, false]);
  });
});
