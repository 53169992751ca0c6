import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { ConfigError } from "../config.ts";
import { listen } from "./listen.ts";

it("names the variable whose port is taken", async () => {
  const first = createServer();
  await listen(first, { variable: "PORT", port: 0, host: "127.0.0.1" });
  const { port } = first.address() as AddressInfo;
  try {
    const second = listen(createServer(), { variable: "METRICS_PORT", port, host: "127.0.0.1" });
    const failure: unknown = await second.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigError);
    expect((failure as Error).message).toBe(
      `METRICS_PORT: cannot listen on 127.0.0.1:${port} (another process already does).`,
    );
  } finally {
    first.close();
  }
});
