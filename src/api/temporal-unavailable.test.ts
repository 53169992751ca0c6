import { once } from "node:events";
import { createServer } from "node:net";
import { Client, Connection, ServiceError, WorkflowNotFoundError } from "@temporalio/client";
import { NamespaceNotFoundError } from "@temporalio/common";
import { describe, expect, it } from "vitest";
import { isTemporalUnavailable } from "./temporal-unavailable.ts";

async function failureAt(address: string): Promise<unknown> {
  const connection = Connection.lazy({ address });
  const client = new Client({ connection });
  try {
    await connection.withDeadline(Date.now() + 300, () =>
      client.workflow.start("x", { workflowId: "x", taskQueue: "x", args: [] }),
    );
  } catch (error) {
    return error;
  } finally {
    await connection.close();
  }
  throw new Error("nothing was thrown");
}

const grpcError = (code: number) => Object.assign(new Error("grpc"), { code, details: "", metadata: {} });

describe("isTemporalUnavailable", () => {
  it("knows a server that is not there", async () => {
    expect(isTemporalUnavailable(await failureAt("127.0.0.1:1"))).toBe(true);
  });

  it("knows a server that does not answer", async () => {
    const sockets = new Set<{ destroy(): void }>();
    const server = createServer((socket) => sockets.add(socket)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    expect(isTemporalUnavailable(await failureAt(`127.0.0.1:${port}`))).toBe(true);
    sockets.forEach((socket) => socket.destroy());
    server.close();
    await once(server, "close");
  });

  it.each([
    [1, true],
    [4, true],
    [8, true],
    [14, true],
    [3, false],
    [5, false],
    [7, false],
    [13, false],
  ])("for the gRPC status %i says %s, wrapped or not", (code, expected) => {
    expect(isTemporalUnavailable(grpcError(code))).toBe(expected);
    expect(isTemporalUnavailable(new ServiceError("failed", { cause: grpcError(code) }))).toBe(expected);
  });

  it("knows a namespace that is not set up yet", () => {
    expect(isTemporalUnavailable(new NamespaceNotFoundError("tidings"))).toBe(true);
  });

  it.each([new Error("x"), new WorkflowNotFoundError("x", "y", undefined), null, "text", { code: 14 }])(
    "takes %s for something else",
    (error) => expect(isTemporalUnavailable(error)).toBe(false),
  );
});
