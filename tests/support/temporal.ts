import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { setUpTemporal } from "../../src/temporal/set-up.ts";

/** A namespace of one's own on the test server, with the search attributes registered. */
export async function createTestNamespace(): Promise<{ address: string; namespace: string }> {
  const address = inject("temporalAddress");
  const namespace = `test-${randomBytes(6).toString("hex")}`;
  await setUpTemporal({ connection: { address }, namespace, log: () => undefined });
  return { address, namespace };
}
