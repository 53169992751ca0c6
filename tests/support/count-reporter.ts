import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

/** What a skipped test lacks, as its name tells: `needs <tool>`. */
const NEEDED_TOOL = /\(needs ([^)]+)\)/;

/** Ends every run with the plain counts, and names the outside tools whose absence has skipped tests. */
export class CountReporter implements Reporter {
  /** Whether tests were chosen by name: then the others are skipped for that reason. */
  private byName = false;

  onInit({ config }: Vitest): void {
    this.byName = config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    // A set-up that fails takes its tests along, which then count as skipped.
    const broken = modules
      .flatMap((module) => [module, ...module.children.allSuites()])
      .filter((part) => part.errors().length > 0).length;
    for (const [tool, skipped] of this.byName ? [] : skippedByTool(tests))
      console.log(`${skipped} skipped: ${tool} is not installed here`);
    console.log(`${count("passed")} passed, ${count("failed") + broken} failed, ${count("skipped")} skipped`);
  }
}

function skippedByTool(tests: readonly TestCase[]): Map<string, number> {
  const byTool = new Map<string, number>();
  for (const test of tests) {
    // Those of a set-up that failed are skipped, too, and not for that.
    const tool = test.options.mode === "skip" ? NEEDED_TOOL.exec(test.fullName)?.[1] : undefined;
    if (tool !== undefined) byTool.set(tool, (byTool.get(tool) ?? 0) + 1);
  }
  return byTool;
}
