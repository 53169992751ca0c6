import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setUpTemporal } from "../../src/temporal/set-up.ts";
import { NOTIFICATION_WORKFLOW, notificationStartOptions } from "../../src/workflows/contract.ts";
import { startTemporal } from "../support/services.ts";

// The dev server looks search attributes up in its database each time. Servers in earnest read their namespaces anew
// every few seconds, and know nothing of an attribute before.
const LIKE_A_SERVER_IN_EARNEST = [
  "system.forceSearchAttributesCacheRefreshOnRead=false",
  'system.namespaceCacheRefreshInterval="3s"',
];

let directory: string;
let temporal: Awaited<ReturnType<typeof startTemporal>>;
let connection: Connection;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidings-test-set-up-"));
  temporal = await startTemporal(directory, LIKE_A_SERVER_IN_EARNEST);
  connection = await Connection.connect({ address: temporal.address });
}, 120_000);

afterAll(async () => {
  await connection.close();
  await temporal.stop();
  await rm(directory, { recursive: true, force: true });
});

describe("a namespace that was just set up", { timeout: 120_000 }, () => {
  it("takes notifications at once", async () => {
    await setUpTemporal({ connection: { address: temporal.address }, namespace: "new", log: () => undefined });
    const client = new Client({ connection, namespace: "new" });
    const options = notificationStartOptions(
      "ntf:shop:first",
      {
        key: { clientId: "shop", eventId: "first" },
        bodyHash: "00",
        acceptedAt: new Date().toISOString(),
        generation: 0,
        request: { to: { userId: "mina" }, category: "orders", template: { id: "t", version: 1 }, data: {} },
      },
      ["email"],
    );
    const handle = await client.workflow.start(NOTIFICATION_WORKFLOW, options);
    expect(handle.workflowId).toBe("ntf:shop:first");
  });
});
