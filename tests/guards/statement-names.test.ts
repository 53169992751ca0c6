import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const DATABASE = fileURLToPath(new URL("../../src/database/", import.meta.url));

// A connection that has prepared one of them refuses the other: what works on a new pool fails on one that is in use.
it("no two prepared statements have the same name", () => {
  const names = readdirSync(DATABASE)
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => {
      const source = readFileSync(DATABASE + name, "utf8");
      return [...source.matchAll(/\bname: "([^"]+)",\s*text\b|\bwalk\("([^"]+)"/g)].map(
        ([, one, other]) => one ?? other,
      );
    });
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
