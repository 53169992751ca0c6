import { once } from "node:events";
import { createServer } from "node:net";
import type { TelemetryOptions } from "@temporalio/worker";
import type { MetricsText } from "../observability/metrics.ts";

const TIMEOUT_MS = 2_000;

export type SdkMetrics = {
  telemetryOptions: TelemetryOptions;
  /** Ours and the SDK's as one text: one port to open, and one to scrape. */
  with(ours: () => Promise<MetricsText>): () => Promise<MetricsText>;
};

/**
 * Temporal's SDK serves its metrics itself, and cannot be asked for them otherwise: on loopback, at a port that is free.
 * Null where nobody could read them.
 */
export async function sdkMetrics(isRead: boolean): Promise<SdkMetrics> {
  if (!isRead) return { telemetryOptions: {}, with: (ours) => ours };
  const address = `127.0.0.1:${await freePort()}`;
  return {
    telemetryOptions: { metrics: { prometheus: { bindAddress: address } } },
    with: (ours) => async () => {
      const [{ contentType, text }, theirs] = await Promise.all([ours(), read(`http://${address}/metrics`)]);
      return { contentType, text: `${text}\n${theirs}` };
    },
  };
}

/** Empty where the SDK does not answer: what is ours is shown all the same. */
async function read(url: string): Promise<string> {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })).text();
  } catch {
    return "";
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  return address.port;
}
