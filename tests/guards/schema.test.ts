import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

// The SQL makes the tables; prisma/schema.prisma says how the typed client reads them. Where the two drift apart, the
// client asks for columns that are not there, or takes null for a value.

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (file: string) => readFileSync(ROOT + file, "utf8");

/** `text`, `text[]`, `timestamptz(3)`, …, with ` NOT NULL` where it may not be null. */
type Columns = Record<string, string>;

const SQL_TYPES: Record<string, string> = {
  String: "text",
  Int: "integer",
  BigInt: "bigint",
  Boolean: "boolean",
  Bytes: "bytea",
  Json: "jsonb",
};

/** Columns by table, as the models declare them. */
function declaredTables(schema: string): Record<string, Columns> {
  const models = [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)];
  const names = new Set(models.map(([, name]) => name));
  const tables = models.map(([, name = "", body = ""]) => {
    const table = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? name;
    const fields = [...body.matchAll(/^ {2}(\w+) +(\w+)(\[\]|\?)?(.*)$/gm)].filter(([, , type]) => !names.has(type));
    return [table, Object.fromEntries(fields.map(([, ...field]) => declaredColumn(field)))] as const;
  });
  return Object.fromEntries(tables);
}

function declaredColumn([name = "", type = "", suffix, attributes = ""]: (string | undefined)[]): [string, string] {
  const column = /(?<!@)@map\("(\w+)"\)/.exec(attributes)?.[1] ?? name;
  // Six digits are PostgreSQL's own precision, which SQL leaves out.
  const native = /@db\.(\w+(?:\(\d+\))?)/.exec(attributes)?.[1]?.toLowerCase().replace("(6)", "");
  const list = suffix === "[]" ? "[]" : "";
  return [column, `${native ?? SQL_TYPES[type] ?? type}${list}${suffix === "?" ? "" : " NOT NULL"}`];
}

/** Columns by table, as the migrations make them, one after the other. */
function madeTables(sql: string): Record<string, Columns> {
  const tables = [...sql.matchAll(/^CREATE TABLE (\w+) \(\n([\s\S]*?)^\)/gm)].map(([, table = "", body = ""]) => {
    const keys = /^ {2}PRIMARY KEY \(([^)]*)\)/m.exec(body)?.[1]?.split(", ") ?? [];
    const lines = [...body.matchAll(/^ {2}("?)([a-z]\w*)\1 +([a-z]+(?:\(\d+\))?(?:\[\])?)(.*)$/gm)];
    const columns = lines.map(([, , name = "", type = "", rest = ""]) => {
      const required = /NOT NULL|PRIMARY KEY/.test(rest) || keys.includes(name);
      return [name, `${type}${required ? " NOT NULL" : ""}`] as const;
    });
    return [table, Object.fromEntries(columns)] as const;
  });
  const made: Record<string, Columns> = Object.fromEntries(tables);
  for (const [, table = "", name = "", type = "", rest = ""] of sql.matchAll(ADDED_COLUMN)) {
    made[table] = { ...made[table], [name]: `${type}${rest.includes("NOT NULL") ? " NOT NULL" : ""}` };
  }
  return made;
}

const ADDED_COLUMN = /^ALTER TABLE (\w+) ADD COLUMN (\w+) +([a-z]+(?:\(\d+\))?(?:\[\])?)(.*);$/gm;

describe("prisma/schema.prisma", () => {
  const declared = declaredTables(read("prisma/schema.prisma"));
  const sql = globSync("prisma/migrations/*/migration.sql", { cwd: ROOT }).toSorted().map(read).join("\n");
  const made = madeTables(sql);

  it("knows every table that the migrations make, and no other", () => {
    expect(Object.keys(declared).toSorted()).toEqual(Object.keys(made).toSorted());
  });

  it.each(Object.keys(declared))("declares the columns of %s as they are made", (table) => {
    expect(Object.keys(made[table] ?? {}).length).toBeGreaterThan(1);
    expect(declared[table]).toEqual(made[table]);
  });

  it("is read as a whole: what this test cannot read would pass unseen", () => {
    expect(sql.replaceAll(ADDED_COLUMN, "")).not.toMatch(/ALTER TABLE/);
  });
});
