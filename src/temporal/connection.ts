import { Client, Connection } from "@temporalio/client";
import type { DataConverter } from "@temporalio/common";
import type { TemporalSettings } from "../config.ts";

/** A client that connects at its first call, so that the API starts, and answers 503, while Temporal is away. */
export function connectClient(settings: TemporalSettings, dataConverter: DataConverter): Client {
  const { connection, namespace } = settings;
  return new Client({ connection: Connection.lazy(connection), namespace, dataConverter });
}
