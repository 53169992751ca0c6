import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { importTable } from "../../scripts/import-table.js";
import { ERRORS } from "../../src/api/errors.ts";
import { REPLAY_REFUSALS } from "../../src/domain/replay.ts";
import { SCOPES } from "../../src/domain/scope.ts";
import { DELIVERY_STATUSES, NOTIFICATION_STATUSES, SKIP_REASONS } from "../../src/domain/status.ts";
import { apiDocument } from "../support/api-document.ts";
import { mountedRoutes } from "../support/mounted-routes.ts";

// Documents that say something else than the code are worse than none. What can be compared is compared here.

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NOT_OURS = ["node_modules/**", ".git/**", ".tidings/**", "coverage/**", "src/database/generated/**"];

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const filesLike = (pattern: string) => globSync(pattern, { cwd: ROOT, exclude: NOT_OURS }).toSorted();
/** What the first group of the pattern finds, once each, in order. */
const found = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ""))].toSorted();

const documents = filesLike("**/*.md");
const httpApi = read("docs/http-api.md");

describe("docs/http-api.md", () => {
  it("has a row for every error, with its status, and for no other", () => {
    const rows = found(httpApi, /^\| (`[a-z_]+` \| \d{3}) \|/gm);
    expect(rows).toEqual(
      Object.entries(ERRORS)
        .map(([code, { status }]) => `\`${code}\` | ${status}`)
        .toSorted(),
    );
  });

  it.each(Object.entries(ERRORS))("says of %s what /openapi.json says, and perhaps more", (code, { doc }) => {
    const [, row] = new RegExp(`^\\| \`${code}\` \\| \\d{3} \\| (.*) \\|$`, "m").exec(httpApi) ?? [];
    expect(row).toContain(doc.replace(/\.$/, ""));
  });

  it("has a heading for every route, and for no other", () => {
    const headings = found(httpApi, /^#+ `((?:GET|POST|PUT|PATCH|DELETE) \/\S*)`$/gm);
    const routes = mountedRoutes();
    expect(routes.length).toBeGreaterThan(0);
    expect(headings).toEqual(routes);
  });

  it("shows answers of each route that are as its OpenAPI document says", () => {
    const sections = httpApi.split(/^(?=#)/m).map((section) => ({
      route: /^#+ `((?:GET|POST|PUT|PATCH|DELETE) \/\S*)`$/m.exec(section)?.[1],
      bodies: [...section.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, body = ""]) => JSON.parse(body) as unknown),
    }));
    const shown = sections.flatMap(({ route, bodies }) =>
      route === undefined ? [] : bodies.map((body) => ({ route, body, right: apiDocument.isAnswer(route, body) })),
    );
    expect(shown.length).toBeGreaterThan(10);
    expect(shown.filter(({ right }) => !right)).toEqual([]);
  });

  it("has the reasons to skip a channel in the order in which the rules are asked", () => {
    const [, table = ""] = /^`reason` of a skipped delivery.*\n\n([^]*?)\n\n/m.exec(httpApi) ?? [];
    const rows = [...table.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, reason]) => reason);
    // Quiet hours make wait, and skip nothing.
    expect(rows).toEqual(SKIP_REASONS.filter((reason) => reason !== "quiet_hours"));
  });

  it.each([
    ["status of a notification", NOTIFICATION_STATUSES],
    ["status of a delivery", DELIVERY_STATUSES],
    ["reason to skip a channel", SKIP_REASONS],
    ["scope", SCOPES],
    ["refusal of a replay", REPLAY_REFUSALS],
  ])("explains every %s", (_, words) => {
    expect(words.filter((word) => !httpApi.includes(`\`${word}\``))).toEqual([]);
  });
});

describe("docs/operations.md", () => {
  it("has a row for every variable of .env.example, and for no other", () => {
    // src/dev/env-example.test.ts holds .env.example to the code.
    const rows = found(read("docs/operations.md"), /^\| `([A-Z][A-Z_]+)` \|/gm);
    expect(rows).toEqual(found(read(".env.example"), /^#([A-Z][A-Z_]+)=/gm));
  });
});

describe("docs/providers.md", () => {
  it("names every table that translates a provider's errors", () => {
    const tables = readdirSync(join(ROOT, "src/providers")).filter((file) => file.endsWith("-status.ts"));
    expect(tables.filter((file) => !read("docs/providers.md").includes(`src/providers/${file}`))).toEqual([]);
  });
});

describe("README.md", () => {
  const [, map = ""] = /^## Folders\n+```[a-z]*\n([^`]*)```/m.exec(read("README.md")) ?? [];
  const folders = found(map, /^(\S+\/)(?:\s|$)/gm);

  it("maps only folders that exist", () => {
    expect(folders.length).toBeGreaterThan(0);
    expect(folders.filter((folder) => !existsSync(join(ROOT, folder)))).toEqual([]);
  });

  it("maps every folder of src/ and tests/", () => {
    const present = ["src", "tests"].flatMap((parent) =>
      readdirSync(join(ROOT, parent), { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? [`${parent}/${entry.name}/`] : [],
      ),
    );
    expect(present.filter((folder) => !folders.includes(folder))).toEqual([]);
  });
});

describe("ARCHITECTURE.md", () => {
  it.each(Object.entries(importTable))("shows the row %s of the import table as it is", (layer, { values, types }) => {
    const cell = (entries: readonly string[]) => entries.map((entry) => `\`${entry}\``).join(", ") || "–";
    expect(read("ARCHITECTURE.md")).toContain(`| \`${layer}\` | ${cell(values)} | ${cell(types)} |`);
  });

  it("says of every table which promise it carries", () => {
    const sql = filesLike("prisma/migrations/*/migration.sql").map(read).join("\n");
    const tables = found(sql, /^CREATE TABLE (\w+) \(/gm);
    expect(tables.filter((table) => !read("ARCHITECTURE.md").includes(`\`${table}\``))).toEqual([]);
  });
});

describe.each(documents)("%s", (file) => {
  const text = read(file);

  it("links only to files and headings that exist", () => {
    const links = found(text, /\]\(([^)\s]+)\)/g).filter((link) => !/^[a-z]+:/.test(link));
    const broken = links.filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? file : join(dirname(file), path);
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("names only files and folders that exist", () => {
    const named = found(text, /`((?:src|tests|bench|prisma|scripts|docs|deploy)\/[\w./-]*\w)\/?`/g);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

/** As the usual Markdown renderers make them. */
function anchorsOf(markdown: string): string[] {
  return found(markdown, /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("everything that is written here", () => {
  const written = filesLike("**/*.{md,ts,js,mjs,json,yml,sql,prisma,html,css}").filter(
    (file) => !["tests/guards/documents.test.ts", "package-lock.json"].includes(file),
  );

  it("has a lock file that leaves the registry to each machine", () => {
    expect(read("package-lock.json")).not.toContain('"resolved":');
  });

  it.each([
    ["a package registry", /registry\.npmjs|npmjs\.(?:org|com)/],
    ["a folder of somebody's machine", /(?<![\w.:])\/(?:home|Users|work)\/\w/],
    ["work left for later", /\b(?:TODO|FIXME|XXX)\b/],
  ])("does not hold %s", (_, pattern) => {
    expect(written.filter((file) => pattern.test(read(file)))).toEqual([]);
  });

  it("names only files that exist", () => {
    const name =
      /(?<![\w/.*-])((?:(?:src|tests|bench|prisma|scripts|docs|deploy)\/[\w./-]+\.(?:ts|js|mjs|sql|prisma))|[\w/-]+\.md)\b/g;
    const named = written.flatMap((file) => found(read(file), name).map((path) => ({ file, path })));
    const isThere = (file: string, path: string) =>
      existsSync(join(ROOT, path)) || existsSync(join(ROOT, dirname(file), path));
    expect(named.filter(({ file, path }) => !isThere(file, path))).toEqual([]);
  });
});
