import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ScheduleOverlapPolicy } from "@temporalio/client";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { describeWith } from "../support/outside-tool.ts";
import { runningProcesses, startProcess } from "../support/processes.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { createTestNamespace } from "../support/temporal.ts";
import { waitFor } from "../support/wait-for.ts";
import { POSTGRES_15 } from "./postgres-15.ts";

// Roles as docs/operations.md makes them. That page's own lines are run, so that they stay true.

const PASSWORDS = { OWNER_PASSWORD: "owner's password", APP_PASSWORD: "app's password" };

describeWith(POSTGRES_15, "a stock PostgreSQL 15", (server) => {
  let ownerUrl: string;
  let appUrl: string;
  let temporal: { address: string; namespace: string };

  beforeAll(async () => {
    temporal = await createTestNamespace();
    const adminUrl = inject("postgres15AdminUrl");
    const psql = (url: string, sql: string) =>
      execFileSync(join(dirname(server), "psql"), [url, "-v", "ON_ERROR_STOP=1", "-q"], {
        input: sql,
        env: { ...process.env, ...PASSWORDS },
      });
    psql(adminUrl, documentedRoles());
    ownerUrl = urlOf(adminUrl, "tidings_owner", PASSWORDS.OWNER_PASSWORD);
    appUrl = urlOf(adminUrl, "tidings_app", PASSWORDS.APP_PASSWORD);
  });

  const runMigration = async (databaseUrl: string) => {
    const migration = startProcess("src/migrate.ts", {
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
    });
    await waitFor("the migration to end", () => migration.ended());
    return migration;
  };

  it("refuses the migration to a role that may not make tables, which says what to grant", async () => {
    const migration = await runMigration(appUrl);
    expect(migration.output()).toContain("GRANT USAGE, CREATE ON SCHEMA public TO tidings_app;");
  });

  it(
    "is migrated by a role that owns the database and is no superuser, as often as one likes",
    { timeout: 180_000 },
    async () => {
      expect((await runMigration(ownerUrl)).output()).toMatch(/applied migration [\s\S]*up to date/);
      expect((await runMigration(ownerUrl)).output()).not.toContain("applied migration");
    },
  );

  const asOwner = async (statement: string) => {
    const client = new pg.Client({ connectionString: ownerUrl });
    await client.connect();
    await client.query(statement);
    await client.end();
  };

  describe("with a role for API and workers that may alter nothing", () => {
    let system: System;

    beforeAll(async () => {
      const database = { url: appUrl, drop: () => Promise.resolve() };
      system = await startSystem({ servers: { database, temporal } });
      await seed(system);
    }, 120_000);

    afterAll(async () => {
      await system.stop();
      expect(runningProcesses()).toBe(0);
    });

    it("carries a notification to its end", async () => {
      const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", order("on-15")));
      const { status, deliveries } = await system.finished(id);
      expect([status, deliveries.map((delivery) => delivery.status)]).toEqual(["sent", ["sent", "sent"]]);
    });

    it("may not alter tables, and says when the owner has to", async () => {
      await expect(system.pool.query("CREATE TABLE mine ()")).rejects.toThrow("permission denied");
      await expect(system.pool.query("DROP TABLE timeline_events")).rejects.toThrow("must be owner");
      // As it is three months after the last migration.
      await asOwner("DROP TABLE " + (await lastPartition(system)));
      await system.client.schedule.getHandle("tidings-repair").trigger(ScheduleOverlapPolicy.BUFFER_ONE);
      const [worker] = system.workers;
      await waitFor("the warning", () => worker?.output().includes("run the migration (node src/migrate.ts"));
    });
  });
});

function documentedRoles(): string {
  const page = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
  const [, sql] = /### Two database roles[^]*?```sql\n([^]*?)```/.exec(page) ?? [];
  if (sql === undefined) throw new Error("docs/operations.md has lost its roles");
  return sql;
}

async function lastPartition({ pool }: System): Promise<string> {
  const { rows } = await pool.query<{ name: string }>(
    "SELECT max(inhrelid::regclass::text) AS name FROM pg_inherits WHERE inhparent = 'timeline_events'::regclass AND inhrelid <> 'timeline_events_default'::regclass",
  );
  return rows[0]?.name ?? "";
}

function urlOf(adminUrl: string, role: string, password: string): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = encodeURIComponent(password);
  url.pathname = "/tidings";
  return url.href;
}
