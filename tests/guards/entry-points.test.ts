import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

// An older Node fails to link modules that use what only the pinned one has, before any of them runs. So an entry point
// may load the rest only after the check that says in one sentence what is wrong.
const ENTRY_POINTS = [
  "src/api/server.ts",
  "src/workers/run.ts",
  "src/dev/main.ts",
  "src/sandbox/main.ts",
  "src/migrate.ts",
  "src/bundle-workflows.ts",
  "src/retire-payload-key.ts",
];

describe.each(ENTRY_POINTS)("%s", (file) => {
  const source = readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), "utf8");
  const imports = [...source.matchAll(/^import (?!type )(?:[^"]* from )?"([^"]+)";/gm)].map(([, name = ""]) => name);

  it("begins with the check of the Node that runs it", () => {
    expect(imports[0]).toMatch(/\/require-node-24\.ts$/);
  });

  it("loads nothing else of ours before that check has passed", () => {
    expect(imports.slice(1).filter((name) => !name.startsWith("node:"))).toEqual([]);
  });
});
