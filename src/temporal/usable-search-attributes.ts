import { setTimeout as delay } from "node:timers/promises";
import type { Connection } from "@temporalio/client";
import { searchAttributes } from "../workflows/contract.ts";

/** gRPC: INVALID_ARGUMENT, NOT_FOUND. The server has not heard of the attributes, or of the namespace, yet. */
const NOT_YET = new Set([3, 5]);
/** gRPC: PERMISSION_DENIED, UNIMPLEMENTED. These credentials may not ask, and so cannot wait. */
const REFUSED = new Set([7, 12]);

/** Servers read their namespaces anew every few seconds: ten at most by their own defaults. */
const USABLE_WITHIN_MS = 60_000;
/** A server may allow ten such queries a second. */
const EVERY_MS = 500;

const QUERY = Object.values(searchAttributes)
  .map(({ name }) => `${name} = "any"`)
  .join(" AND ");

/**
 * Waits until the server that answers here knows the search attributes. One that was registered is known only when the
 * servers have read their namespaces anew, and until then they refuse every start that carries it.
 * @throws {ServiceError} when that takes more than a minute, or when Temporal cannot be reached
 */
export async function untilSearchAttributesAreUsable(connection: Connection, namespace: string): Promise<void> {
  const giveUpAt = performance.now() + USABLE_WITHIN_MS;
  for (;;) {
    try {
      await connection.workflowService.countWorkflowExecutions({ namespace, query: QUERY });
      return;
    } catch (error) {
      const { code = -1 } = error as { code?: number };
      if (REFUSED.has(code)) return;
      if (!NOT_YET.has(code) || performance.now() > giveUpAt) throw error;
    }
    await delay(EVERY_MS);
  }
}
