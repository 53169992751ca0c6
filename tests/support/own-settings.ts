import { readFileSync } from "node:fs";

const EXAMPLE = readFileSync(new URL("../../.env.example", import.meta.url), "utf8");
const LISTED = new Set([...EXAMPLE.matchAll(/^#([A-Z][A-Z_]+)=/gm)].map((match) => match[1]));
/** Those of Temporal's SDK are many, and those of the tests are not listed. */
const FAMILIES = /^(TIDINGS_|TEMPORAL_|VITEST)/;

/** A variable that is for this project, or its tests: the one of whoever runs them must not reach what is tested. */
export function isOwnSetting(name: string): boolean {
  return LISTED.has(name) || FAMILIES.test(name);
}
