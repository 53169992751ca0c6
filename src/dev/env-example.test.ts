import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
/** The variables that a file's zod object names. */
const variablesOf = (path: string) => [...read(path).matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map((match) => match[1]);

describe(".env.example", () => {
  const listed = [...read("../../.env.example").matchAll(/^#([A-Z][A-Z_]+)=/gm)].map((match) => match[1]);

  it.each(["../config.ts", "./launcher-config.ts"])("lists every variable of %s", (path) => {
    const read = variablesOf(path).filter((name) => name !== "PATH");
    expect(read.length).toBeGreaterThan(5);
    expect(listed).toEqual(expect.arrayContaining(read));
  });

  it("lists nothing that nobody reads", () => {
    const read = [...variablesOf("../config.ts"), ...variablesOf("./launcher-config.ts")];
    expect([...read, "TEMPORAL_NAMESPACE"]).toEqual(expect.arrayContaining(listed));
  });
});
