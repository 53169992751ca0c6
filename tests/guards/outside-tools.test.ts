import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CONFIG = "tests/guards/fixtures/absent-tool.config.ts";

/** A run of two tests whose tool nobody has. */
function run(environment: Record<string, string>) {
  const { REQUIRE_TOOLS: _, ...inherited } = process.env;
  return spawnSync("npx", ["vitest", "run", "--config", CONFIG], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...inherited, ...environment },
  });
}

describe("a test whose outside tool is absent", () => {
  it("is skipped, and the last lines name the tool", () => {
    const { status, stdout } = run({});
    expect(status).toBe(0);
    expect(stdout.trim().split("\n").slice(-2)).toEqual([
      "2 skipped: no-such-tool is not installed here",
      "0 passed, 0 failed, 2 skipped",
    ]);
  });

  it("fails where REQUIRE_TOOLS=1 asks for the tool", () => {
    const { status, stdout } = run({ REQUIRE_TOOLS: "1" });
    expect(status).not.toBe(0);
    expect(stdout.trim().split("\n").at(-1)).toBe("0 passed, 1 failed, 0 skipped");
  });
});
