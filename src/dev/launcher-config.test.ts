import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadLauncherConfig } from "./launcher-config.ts";
import { LauncherError } from "./launcher-error.ts";
import { readStack } from "./stack.ts";

const stack = readStack(fileURLToPath(new URL("../../temporal-dev.yml", import.meta.url)));

describe("loadLauncherConfig", () => {
  it("takes the stack's ports, and those of the environment before them", () => {
    const { ports } = loadLauncherConfig({ TIDINGS_POSTGRES_PORT: "0", PORT: "" }, stack, null);
    expect([ports.postgres.number, ports.api.number, ports.temporal.number]).toEqual([0, 3000, 7233]);
  });

  it("names a setting that is wrong", () => {
    const load = () => loadLauncherConfig({ TIDINGS_SANDBOX_PORT: "70000", PORT: "x" }, stack, null);
    expect(load).toThrow(LauncherError);
    expect(load).toThrow(/TIDINGS_SANDBOX_PORT/);
    expect(load).toThrow(/PORT:/);
  });

  it("uses the Temporal that TEMPORAL_ADDRESS names", () => {
    expect(loadLauncherConfig({ TEMPORAL_ADDRESS: "t:7233" }, stack, null).temporalAddress).toBe("t:7233");
    expect(loadLauncherConfig({ TEMPORAL_ADDRESS: "t:7233" }, stack, "127.0.0.1:7233").temporalAddress).toBe("t:7233");
  });

  it("does not mistake a shell that has read dev.env for one that asks for another Temporal", () => {
    const address = "127.0.0.1:7233";
    expect(loadLauncherConfig({ TEMPORAL_ADDRESS: address }, stack, address).temporalAddress).toBeNull();
  });

  it("keeps what is downloaded or built outside the clone", () => {
    expect(loadLauncherConfig({ XDG_CACHE_HOME: "/cache" }, stack, null).cacheDirectory).toBe("/cache/tidings");
  });
});
