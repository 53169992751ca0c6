import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { describe, expect, it } from "vitest";
import { createLog } from "../../observability/log.ts";
import { type HealthCheck, healthRoutes } from "./health.ts";

async function withReadiness(
  check: HealthCheck,
  use: (ask: () => Promise<string>, lines: Record<string, unknown>[]) => Promise<void>,
  warnings: string[] = [],
): Promise<void> {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const log = createLog("test", "info", { write });
  const routes = healthRoutes({ log, healthChecks: { database: check }, channels: {}, warnings });
  const server = createServer(express().use(routes)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    await use(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).text(), lines);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe("readiness", () => {
  it("tells what the settings can hardly mean, and is ready all the same", async () => {
    const answerWith = async (warnings: string[]) => {
      let answer = "";
      await withReadiness(
        () => Promise.resolve(),
        async (ask) => {
          answer = await ask();
        },
        warnings,
      );
      return JSON.parse(answer) as unknown;
    };
    expect(await answerWith(["EMAIL_FROM is not set"])).toMatchObject({
      status: "ready",
      warnings: ["EMAIL_FROM is not set"],
    });
    expect(await answerWith([])).not.toHaveProperty("warnings");
  });

  it("logs why a dependency is away, once, and that it is back, and tells neither to who asks", async () => {
    let failure: Error | null = null;
    const check = () => (failure === null ? Promise.resolve() : Promise.reject(failure));
    await withReadiness(check, async (ask, lines) => {
      await ask();
      expect(lines).toEqual([]);
      failure = Object.assign(new Error('password authentication failed for user "tidings"'), { code: "28P01" });
      const answers = [await ask(), await ask()].join();
      expect(answers).toContain('"status":"unavailable"');
      expect(answers).not.toMatch(/28P01|password/);
      failure = null;
      await ask();
      await ask();
      expect(lines).toMatchObject([
        { level: 40, dependency: "database", code: "28P01" },
        { level: 30, dependency: "database", code: "ok" },
      ]);
      expect(JSON.stringify(lines)).not.toContain("password");
    });
  });
});
