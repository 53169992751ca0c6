import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { migrate, MigrationError } from "./migrate.ts";

it("says in one sentence that the database cannot be used, and not with which password", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  const failure = await migrate(`postgres://u:hidden@127.0.0.1:${port}/d`, () => undefined).catch((e: unknown) => e);
  expect(failure).toBeInstanceOf(MigrationError);
  expect((failure as Error).message).toBe(
    `The PostgreSQL of DATABASE_URL cannot be used: connect ECONNREFUSED 127.0.0.1:${port}.`,
  );
});
