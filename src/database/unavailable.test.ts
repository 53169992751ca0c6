import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { createPrisma } from "./prisma.ts";
import { isDatabaseUnavailable } from "./unavailable.ts";

/** What pg and Prisma throw for one query against this address. */
async function failuresAt(port: number): Promise<unknown[]> {
  const pool = new pg.Pool({ host: "127.0.0.1", port, user: "u", database: "d", connectionTimeoutMillis: 200 });
  const prisma = createPrisma(pool);
  try {
    const work = [pool.query("SELECT 1"), prisma.user.findMany(), prisma.$queryRaw`SELECT 1`];
    const results = await Promise.allSettled(work);
    return results.map((result) => (result.status === "rejected" ? (result.reason as unknown) : null));
  } finally {
    await prisma.$disconnect();
    await pool.end();
  }
}

async function withServer<T>(onConnection: (socket: Socket) => void, use: (port: number) => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // A client that gives up resets the connection.
    socket.on("error", () => undefined);
    onConnection(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await use((server.address() as { port: number }).port);
  } finally {
    sockets.forEach((socket) => socket.destroy());
    server.close();
    await once(server, "close");
  }
}

describe("isDatabaseUnavailable", () => {
  it("knows a server that is not there", async () => {
    const port = await withServer(
      () => undefined,
      (free) => Promise.resolve(free),
    );
    expect((await failuresAt(port)).map(isDatabaseUnavailable)).toEqual([true, true, true]);
  });

  it("knows a server that says nothing", async () => {
    const failures = await withServer(() => undefined, failuresAt);
    expect(failures.map(isDatabaseUnavailable)).toEqual([true, true, true]);
  });

  it("knows a server that hangs up", async () => {
    const failures = await withServer((socket) => socket.destroy(), failuresAt);
    expect(failures.map(isDatabaseUnavailable)).toEqual([true, true, true]);
  });

  it.each(["08006", "53300", "53100", "57014", "57P01", "57P02", "57P03", "58030", "28P01", "3D000", "40P01", "25006"])(
    "knows the SQLSTATE %s, from pg and inside of Prisma's error",
    (code) => {
      const error = Object.assign(new Error("x"), { code });
      expect(isDatabaseUnavailable(error)).toBe(true);
      expect(isDatabaseUnavailable(new Error("wrapped", { cause: error }))).toBe(true);
      const prisma = Object.assign(new Error("x"), {
        code: "P2010",
        meta: { driverAdapterError: { cause: { code } } },
      });
      expect(isDatabaseUnavailable(prisma)).toBe(true);
      expect(isDatabaseUnavailable(new AggregateError([error]))).toBe(true);
    },
  );

  it.each(["P1001", "P1008", "P1017", "P2024", "P2037"])("knows Prisma's %s", (code) => {
    expect(isDatabaseUnavailable(Object.assign(new Error("x"), { code }))).toBe(true);
  });

  it.each([
    "CERT_HAS_EXPIRED",
    "CERT_NOT_YET_VALID",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ])("knows a certificate that is refused with %s", (code) => {
    expect(isDatabaseUnavailable(Object.assign(new Error("x"), { code }))).toBe(true);
  });

  it.each([
    Object.assign(new Error("duplicate key"), { code: "23505" }),
    Object.assign(new Error("no such table"), { code: "42P01" }),
    Object.assign(new Error("unique"), { code: "P2002", meta: { driverAdapterError: { cause: { code: "23505" } } } }),
    Object.assign(new Error("no such file"), { code: "ENOENT", syscall: "open" }),
    new Error("timeout exceeded when trying to connect to my printer"),
    { code: 14 },
    "57P01",
    null,
    undefined,
  ])("takes %s for something else", (error) => expect(isDatabaseUnavailable(error)).toBe(false));

  it("does not go round in circles", () => {
    const error = new Error("x");
    error.cause = error;
    expect(isDatabaseUnavailable(error)).toBe(false);
  });
});
