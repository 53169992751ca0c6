import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LauncherError } from "./launcher-error.ts";
import { findTemporalCli, type TemporalCliOptions } from "./temporal-cli.ts";
import { archiveName, TEMPORAL_CLI_CHECKSUMS } from "./temporal-release.ts";

let directory: string;
let releases: Server;
let archive: Buffer;
let requested: string[];
let said: string[];
let answer: { status: number; body: () => Buffer } | "never";

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "tidings-cli-"));
  for (const name of ["bin", "go-bin", "cache"]) mkdirSync(join(directory, name));
  program("release/temporal", "echo released");
  execFileSync("tar", ["-czf", join(directory, "a.tar.gz"), "-C", join(directory, "release"), "temporal"]);
  archive = readFileSync(join(directory, "a.tar.gz"));
  answer = { status: 200, body: () => archive };
  requested = [];
  said = [];
  releases = createServer((request, response) => {
    requested.push(request.url ?? "");
    if (answer !== "never") response.writeHead(answer.status).end(answer.body());
  });
  await new Promise<void>((listening) => releases.listen(0, "127.0.0.1", listening));
});

afterEach(() => {
  releases.closeAllConnections();
  releases.close();
  rmSync(directory, { recursive: true });
});

/** Writes a shell program and returns its path. */
function program(path: string, script: string): string {
  const file = join(directory, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const versionOf = (server: string) => `echo "temporal version 1.5.1 (Server ${server}, UI 2.42.1)"`;
/** Stands in for Go: leaves a program in GOBIN, and notes what it was asked for. */
const installGo = () =>
  program("go-bin/go", `echo "$@" > "${directory}/go-args"; echo "#!/bin/sh" > "$GOBIN/temporal"`);

function find(overrides: Partial<TemporalCliOptions> = {}): Promise<string> {
  return findTemporalCli({
    given: null,
    searchPath: [join(directory, "bin"), join(directory, "go-bin")].join(delimiter),
    cacheDirectory: join(directory, "cache"),
    version: "1.5.1",
    platform: "linux",
    arch: "x64",
    releasesUrl: `http://127.0.0.1:${(releases.address() as AddressInfo).port}/releases`,
    checksums: { "linux-x64": createHash("sha256").update(archive).digest("hex") },
    answerWithinMs: 2_000,
    environment: { PATH: process.env.PATH },
    say: (line) => said.push(line),
    signal: new AbortController().signal,
    ...overrides,
  });
}

const cached = () => join(directory, "cache", "temporal-1.5.1");

describe("findTemporalCli", () => {
  it("takes the program it is given, before all others", async () => {
    program("bin/temporal", versionOf("1.29.1"));
    const given = program("mine", "");
    expect(await find({ given })).toBe(given);
  });

  it("refuses a given program that is none, instead of taking another in silence", async () => {
    program("bin/temporal", versionOf("1.29.1"));
    await expect(find({ given: join(directory, "bin") })).rejects.toThrow(/TEMPORAL_CLI names/);
  });

  it("takes temporal on the PATH before the cache", async () => {
    program("cache/temporal-1.5.1", "");
    const onPath = program("bin/temporal", versionOf("1.30.0"));
    expect(await find()).toBe(onPath);
  });

  it("passes over one on the PATH that brings too old a server, and says so", async () => {
    program("cache/temporal-1.5.1", "");
    program("bin/temporal", versionOf("1.27.2"));
    expect(await find()).toBe(cached());
    expect(said.join()).toContain("1.27 is older than 1.29");
  });

  it("takes the cache before the network", async () => {
    program("cache/temporal-1.5.1", "");
    expect(await find()).toBe(cached());
    expect(requested).toEqual([]);
  });

  it("downloads the release of the platform once, and keeps it", async () => {
    installGo();
    expect(execFileSync(await find(), { encoding: "utf8" })).toBe("released\n");
    expect(requested).toEqual(["/releases/v1.5.1/temporal_cli_1.5.1_linux_amd64.tar.gz"]);
    expect(await find()).toBe(cached());
    expect(requested).toHaveLength(1);
    expect(readdirSync(join(directory, "cache"))).toEqual(["temporal-1.5.1"]);
  });

  it("does not use a download whose checksum is wrong", async () => {
    const attempt = find({ checksums: { "linux-x64": "0".repeat(64) } });
    await expect(attempt).rejects.toThrow(/wrong checksum/);
    expect(readdirSync(join(directory, "cache"))).toEqual([]);
  });

  it("builds with Go, into the cache, where the download has the wrong checksum", async () => {
    installGo();
    expect(await find({ checksums: { "linux-x64": "0".repeat(64) } })).toBe(cached());
    expect(said.join("\n")).toContain("wrong checksum");
    expect(readFileSync(join(directory, "go-args"), "utf8")).toBe(
      "install github.com/temporalio/cli/cmd/temporal@v1.5.1\n",
    );
    expect(readdirSync(join(directory, "cache"))).toEqual(["temporal-1.5.1"]);
  });

  it("downloads nothing for a platform without a known checksum", async () => {
    installGo();
    expect(await find({ arch: "riscv64" })).toBe(cached());
    expect(requested).toEqual([]);
    expect(said.join("\n")).toContain("No download of the Temporal CLI is known for linux riscv64");
  });

  it("goes on to Go where the host does not answer in time", async () => {
    installGo();
    answer = "never";
    expect(await find({ answerWithinMs: 100 })).toBe(cached());
    expect(said.join("\n")).toContain("it took too long");
  });

  it("names every choice where none works, and why", async () => {
    answer = { status: 404, body: () => Buffer.from("no") };
    const attempt = find();
    await expect(attempt).rejects.toThrow(LauncherError);
    await expect(attempt).rejects.toThrow(/status 404; .*Go is not installed.*PATH.*TEMPORAL_CLI.*TEMPORAL_ADDRESS/);
  });

  it("leaves nothing behind when it is told to stop", async () => {
    answer = "never";
    const stop = new AbortController();
    const attempt = find({ signal: stop.signal });
    stop.abort(new Error("Ctrl-C"));
    await expect(attempt).rejects.toThrow("Ctrl-C");
    expect(readdirSync(join(directory, "cache"))).toEqual([]);
  });
});

describe("the pinned release", () => {
  it("has a SHA-256 for each platform that the embedded PostgreSQL has too", () => {
    expect(Object.keys(TEMPORAL_CLI_CHECKSUMS).sort()).toEqual([
      "darwin-arm64",
      "darwin-x64",
      "linux-arm64",
      "linux-x64",
    ]);
    for (const checksum of Object.values(TEMPORAL_CLI_CHECKSUMS)) expect(checksum).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is named as Temporal names its archives", () => {
    expect(archiveName("1.5.1", "darwin", "arm64")).toBe("temporal_cli_1.5.1_darwin_arm64.tar.gz");
  });
});
