import { describe, expect, it } from "vitest";
import type { OutsideTool } from "./find-program.ts";

/**
 * Tests that need a program from outside. Where it is absent they are skipped, and the last lines of the run name it;
 * with REQUIRE_TOOLS=1, as in continuous integration, its absence is a failure.
 * @param tests is given the program's path
 */
export function describeWith(tool: OutsideTool, title: string, tests: (path: string) => void): void {
  const { name, path } = tool;
  const label = `${title} (needs ${name})`;
  if (path === null && process.env.REQUIRE_TOOLS === "1") {
    it(label, () => expect.fail(`${name} is not installed, and REQUIRE_TOOLS=1 asks for it`));
    return;
  }
  describe.skipIf(path === null)(label, () => tests(path ?? ""));
}
