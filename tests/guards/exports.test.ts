import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const EXPORTED = /^export (?:async )?(?:function\*?|const|class) (\w+)/gm;

/** What Temporal loads by the path of its file, and finds by this name. */
const FOUND_BY_NAME = ["failureConverter"];

const sources = ["src", "tests", "scripts", "bench", "examples"].flatMap((folder) =>
  readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:ts|js|mjs)$/.test(name) && !name.startsWith("database/generated/"))
    .map((name) => ({ file: `${folder}/${name}`, text: readFileSync(`${ROOT}${folder}/${name}`, "utf8") })),
);

// What only its own file uses is not part of what the file offers, and what nobody uses is dead.
it("every exported function, constant and class is used by another file", () => {
  const words = sources.map(({ file, text }) => ({ file, words: new Set(text.match(/\w+/g)) }));
  const exported = sources
    .filter(({ file }) => file.startsWith("src/"))
    .flatMap(({ file, text }) => [...text.matchAll(EXPORTED)].map(([, name = ""]) => ({ file, name })));
  expect(exported.length).toBeGreaterThan(400);
  const unused = exported.filter(
    ({ file, name }) => !words.some((other) => other.file !== file && other.words.has(name)),
  );
  expect(unused.map(({ name }) => name).filter((name) => !FOUND_BY_NAME.includes(name))).toEqual([]);
});
