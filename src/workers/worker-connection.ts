import { NativeConnection } from "@temporalio/worker";
import type { TemporalSettings } from "../config.ts";

/** A worker's connection. @throws {TransportError} when Temporal cannot be reached */
export function connectWorker(settings: Pick<TemporalSettings, "connection">): Promise<NativeConnection> {
  return NativeConnection.connect(settings.connection);
}
