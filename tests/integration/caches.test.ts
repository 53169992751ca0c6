import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

let system: System;

beforeAll(async () => {
  system = await startSystem({ apis: 2, workers: 2 });
  await seed(system);
  await ok(system.call("PUT", "/v1/categories/changing", { channels: ["email"] }));
  // Four processes start one after the other.
}, 180_000);

afterAll(() => system.stop());

/** A change is honoured by every process after this time, and not only usually. */
const PROMISE_MS = 1_000;
const LISTENERS =
  "datname = current_database() AND application_name IN ('tidings-api-changes', 'tidings-worker-changes')";

/** As somebody with access to the database changes it, past the service. */
const setChannels = (channels: string[]) =>
  system.pool.query("UPDATE categories SET channels = $1 WHERE id = 'changing'", [channels]);

/** What each API explains, and where each of several notifications goes, shared out between two workers. */
async function decisions(name: string): Promise<Set<string>> {
  const explained = await Promise.all(
    system.apis.map((api) =>
      ok(
        system.call<{ channels: { channel: string }[] }>(
          "POST",
          "/v1/notifications/explain",
          order("x", { category: "changing" }),
          api,
        ),
      ),
    ),
  );
  const accepted = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      ok(
        system.call<Notification>(
          "POST",
          "/v1/notifications",
          order(`${name}-${index}`, { category: "changing" }),
          system.apis[index % 2],
        ),
      ),
    ),
  );
  const sent = await Promise.all(accepted.map(({ id }) => system.finished(id)));
  return new Set(
    [...explained.map(({ channels }) => channels), ...sent.map(({ deliveries }) => deliveries)].map((list) =>
      list.map(({ channel }) => channel).join("+"),
    ),
  );
}

async function passed(sinceMs: number): Promise<void> {
  await waitFor("the time within which a change is promised to count", () => performance.now() - sinceMs > PROMISE_MS);
}

describe("a change of settings", { timeout: 90_000 }, () => {
  it("counts in two APIs and two workers within a second, whoever made it", async () => {
    expect(await decisions("before")).toEqual(new Set(["email"]));
    await setChannels(["email", "push"]);
    const changedAt = performance.now();
    await passed(changedAt);
    expect(await decisions("after")).toEqual(new Set(["email+fcm"]));
  });

  it("counts although the connections that would have told of it are gone", async () => {
    await decisions("warm");
    // Again and again, so that none is there at the moment of the change.
    const killing = setInterval(
      () =>
        void system.pool
          .query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${LISTENERS}`)
          .catch(() => undefined),
      20,
    );
    await waitFor("the listening connections to be gone", async () => {
      const { rows } = await system.pool.query(`SELECT 1 FROM pg_stat_activity WHERE ${LISTENERS}`);
      return rows.length === 0;
    });
    await setChannels(["email"]);
    const changedAt = performance.now();
    await passed(changedAt);
    expect(await decisions("deaf")).toEqual(new Set(["email"]));
    clearInterval(killing);
  });

  it("counts although the database was away when it came back with it", async () => {
    await decisions("warm-again");
    const database = new URL(system.env.DATABASE_URL ?? "").pathname.slice(1);
    const server = new pg.Client({ connectionString: inject("postgresUrl") });
    await server.connect();
    // One connection stays; nobody else is let in, and all others are thrown out.
    const inside = await system.pool.connect();
    const { rows } = await inside.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    await server.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
    await server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> $2", [
      database,
      rows[0]?.pid,
    ]);
    await inside.query("UPDATE categories SET channels = '{push}' WHERE id = 'changing'");
    const changedAt = performance.now();
    inside.release();
    await passed(changedAt);
    await server.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`);
    await server.end();
    await waitFor("the API to be ready again", async () =>
      (await Promise.all(system.apis.map(({ url }) => fetch(`${url}/readyz`)))).every(({ ok }) => ok),
    );
    expect(await decisions("back")).toEqual(new Set(["fcm"]));
  });

  it("is seen at once by who made it, on the same API", async () => {
    for (const locale of ["de", "en", "fr", "en"]) {
      await ok(system.call("PUT", "/v1/users/mina", { locale, attributes: { first_name: `Mina ${locale}` } }));
      const { channels } = await ok(
        system.call<{ channels: { content: { text: string } }[] }>(
          "POST",
          "/v1/notifications/explain",
          order("x", { category: "letters" }),
        ),
      );
      expect(channels[0]?.content.text).toContain(`Hello Mina ${locale},`);
    }
    for (const text of ["one", "two", "three"]) {
      await ok(
        system.call("PUT", "/v1/templates/changing", { locales: { default: { email: { subject: "s", text } } } }),
      );
      const request = order("x", { category: "letters", template: "changing" });
      expect(await ok(system.call("POST", "/v1/notifications/explain", request))).toMatchObject({
        channels: [{ content: { text } }],
      });
    }
  });
});
