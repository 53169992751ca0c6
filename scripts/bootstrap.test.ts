import { execFile, spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../tests/support/wait-for.ts";

const SCRIPT = fileURLToPath(new URL("bootstrap.mjs", import.meta.url));

let clone: string;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "tidings-bootstrap-"));
  file("package.json", { dependencies: { a: "1.0.0" }, scripts: { generate: "x" } });
  file("package-lock.json", {
    packages: { "": { dependencies: { a: "1.0.0" } }, "node_modules/a": { version: "1.0.0", integrity: "sha-a" } },
  });
  file("prisma/schema.prisma", "model A {}");
  file("prisma.config.ts", "export default {}");
  mkdirSync(join(clone, "scripts"));
  copyFileSync(SCRIPT, join(clone, "scripts/bootstrap.mjs"));
  npmDoes(`
    case "$1" in
      ci) rm -rf node_modules; mkdir -p node_modules/.bin; ln -s "${process.execPath}" node_modules/.bin/node ;;
      run) mkdir -p src/database/generated; : > src/database/generated/client.ts ;;
    esac`);
});
afterEach(() => rmSync(clone, { recursive: true }));

function file(path: string, content: unknown): void {
  mkdirSync(dirname(join(clone, path)), { recursive: true });
  writeFileSync(join(clone, path), typeof content === "string" ? content : JSON.stringify(content));
}

/** Stands in for npm: notes its arguments, then runs this shell script in the clone. */
function npmDoes(script: string): void {
  file("path/npm", `#!/bin/sh\necho "$*" >> "${clone}/npm-calls"\n${script}\n`);
  chmodSync(join(clone, "path/npm"), 0o755);
}

function npmCalls(): string[] {
  const log = join(clone, "npm-calls");
  if (!existsSync(log)) return [];
  const calls = readFileSync(log, "utf8").trim().split("\n");
  rmSync(log);
  return calls;
}

const CALLS = ["ci --include=dev --include=optional", "run generate"];
const environment = () => ({ PATH: [join(clone, "path"), "/usr/bin", "/bin"].join(delimiter) });

function bootstrap(env: NodeJS.ProcessEnv = environment()): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(clone, "scripts/bootstrap.mjs")], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, output: stdout + stderr });
    });
  });
}

describe("bootstrap", () => {
  it("installs and generates on a fresh clone, saying each", async () => {
    const { code, output } = await bootstrap();
    expect(code).toBe(0);
    expect(output.trim().split("\n")).toHaveLength(2);
    expect(npmCalls()).toEqual(CALLS);
  });

  it("is silent and does nothing when nothing changed", async () => {
    await bootstrap();
    npmCalls();
    expect(await bootstrap()).toEqual({ code: 0, output: "" });
    expect(npmCalls()).toEqual([]);
  });

  it.each([
    ["package-lock.json", { packages: { "": { dependencies: { a: "1.0.0" } }, "node_modules/a": { version: "2" } } }],
    ["package.json", { dependencies: { a: "1.0.0", b: "1.0.0" } }],
  ])("installs again after a change of %s", async (path, content) => {
    await bootstrap();
    npmCalls();
    file(path, content);
    await bootstrap();
    expect(npmCalls()).toEqual(CALLS);
  });

  it("only generates after a change of the schema, or without the generated client", async () => {
    await bootstrap();
    npmCalls();
    file("prisma/schema.prisma", "model B {}");
    await bootstrap();
    expect(npmCalls()).toEqual(["run generate"]);
    rmSync(join(clone, "src/database/generated"), { recursive: true });
    await bootstrap();
    expect(npmCalls()).toEqual(["run generate"]);
  });

  it("does not install a second time what somebody installed with npm", async () => {
    file("node_modules/.package-lock.json", {
      packages: { "node_modules/a": { version: "1.0.0", integrity: "sha-a" } },
    });
    await bootstrap();
    expect(npmCalls()).toEqual(["run generate"]);
  });

  it("installs where what lies in node_modules is not what is locked", async () => {
    file("node_modules/.package-lock.json", { packages: { "node_modules/a": { version: "0.9.0", integrity: "x" } } });
    await bootstrap();
    expect(npmCalls()).toEqual(CALLS);
  });

  it("shows what npm said when it fails, and stays undone", async () => {
    npmDoes("echo 'npm error code ENETUNREACH' >&2; exit 7");
    const { code, output } = await bootstrap();
    expect(code).toBe(1);
    expect(output).toContain("npm error code ENETUNREACH");
    expect(output.trim().split("\n").at(-1)).toMatch(/^npm ci .* failed \(exit 7\): fix what npm says above/);
    expect(npmCalls()).toHaveLength(1);
    await bootstrap();
    expect(npmCalls()).toHaveLength(1);
  });

  it("says so where there is no npm", async () => {
    const { code, output } = await bootstrap({ PATH: "/nonexistent" });
    expect(code).toBe(1);
    expect(output).toContain("npm is not on the PATH");
  });

  it("does the work once when two start at the same time", async () => {
    npmDoes(`
      case "$1" in
        ci) sleep 0.5; mkdir -p node_modules/.bin; ln -s "${process.execPath}" node_modules/.bin/node ;;
        run) mkdir -p src/database/generated; : > src/database/generated/client.ts ;;
      esac`);
    const both = await Promise.all([bootstrap(), bootstrap()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(npmCalls()).toEqual(CALLS);
  });

  it("takes over from one that was killed in the middle", async () => {
    npmDoes("exec sleep 60");
    const killed = spawn(process.execPath, [join(clone, "scripts/bootstrap.mjs")], {
      env: environment(),
      stdio: "ignore",
      detached: true,
    });
    const gone = new Promise((exit) => killed.once("exit", exit));
    await waitFor("npm", () => npmCalls().length > 0);
    process.kill(-(killed.pid as number), "SIGKILL");
    await gone;
    expect(existsSync(join(clone, ".tidings/bootstrap.lock"))).toBe(true);
    npmDoes(`
      case "$1" in
        ci) mkdir -p node_modules/.bin; ln -s "${process.execPath}" node_modules/.bin/node ;;
        run) mkdir -p src/database/generated; : > src/database/generated/client.ts ;;
      esac`);
    expect((await bootstrap()).code).toBe(0);
    expect(npmCalls()).toEqual(CALLS);
    expect(existsSync(join(clone, ".tidings/bootstrap.lock"))).toBe(false);
  });
});
