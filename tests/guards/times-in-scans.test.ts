import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const DATABASE = fileURLToPath(new URL("../../src/database/", import.meta.url));
/** Times that have an index, ids that begin with one, and what makes such a time for others. */
const LOOKED_UP =
  /(?:\b(?:next_action_at|next_at|received_at|occurred_at|final_at|(?<!_)at) *[<>]=? *|\bfirstIdAt\(["`]|=> *`)clock_timestamp\(\)/;
/** It looks at one row, by its key. */
const BY_KEY = ["rate-leases.ts"];

// PostgreSQL asks no index for what changes within a statement: it would read all of the table instead, every minute.
it("what is looked for by its time is compared with now(), not with clock_timestamp()", () => {
  const files = readdirSync(DATABASE).filter((name) => name.endsWith(".ts") && !BY_KEY.includes(name));
  const found = files.flatMap((name) =>
    readFileSync(DATABASE + name, "utf8")
      .split("\n")
      .filter((line) => LOOKED_UP.test(line))
      .map((line) => `${name}: ${line.trim()}`),
  );
  expect(files.length).toBeGreaterThan(50);
  expect(found).toEqual([]);
});
