import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { LauncherError } from "./launcher-error.ts";
import { archiveName } from "./temporal-release.ts";

const run = promisify(execFile);
/** Older servers lack what the workflows rely on. */
const OLDEST_SERVER = [1, 29] as const;
const DOWNLOAD_WITHIN_MS = 5 * 60_000;

export type TemporalCliOptions = {
  /** TEMPORAL_CLI, if set. */
  given: string | null;
  /** The PATH to search for `temporal` and `go`. */
  searchPath: string;
  cacheDirectory: string;
  version: string;
  platform: string;
  arch: string;
  releasesUrl: string;
  checksums: Readonly<Record<string, string>>;
  /** Until the first answer: an unreachable host must not keep an offline machine from building instead. */
  answerWithinMs: number;
  environment: NodeJS.ProcessEnv;
  say: (line: string) => void;
  /** Ends a download or a build that is under way. */
  signal: AbortSignal;
};

/**
 * Finds the Temporal CLI, or gets it: the one given, `temporal` on the PATH, the cache, the official download, a build
 * with Go. What was downloaded or built is kept in the cache for all clones.
 * @returns the path of the program
 * @throws {LauncherError} naming what can be done where none of it works
 */
export async function findTemporalCli(options: TemporalCliOptions): Promise<string> {
  const { given, searchPath, cacheDirectory, version, say, signal } = options;
  if (given !== null) {
    if (isProgram(given)) return resolve(given);
    throw new LauncherError(`TEMPORAL_CLI names ${given}, which is not a program: correct it, or unset it.`);
  }
  const onPath = findOnPath("temporal", searchPath);
  if (onPath !== null) {
    const problem = await unsuitable(onPath);
    if (problem === null) return onPath;
    say(`Not using ${onPath}: ${problem}.`);
  }
  const cached = join(cacheDirectory, `temporal-${version}`);
  if (isProgram(cached)) return cached;

  mkdirSync(cacheDirectory, { recursive: true });
  const reasons: string[] = [];
  for (const obtain of [download, build]) {
    // Made apart and moved into place when complete: an interrupted attempt leaves nothing that looks like a program.
    const draft = mkdtempSync(join(cacheDirectory, "temporal-draft-"));
    try {
      const program = await obtain(options, draft);
      chmodSync(program, 0o755);
      renameSync(program, cached);
      return cached;
    } catch (error) {
      signal.throwIfAborted();
      reasons.push((error as Error).message);
      say(`${(error as Error).message}.`);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  throw new LauncherError(
    `There is no Temporal CLI (${reasons.join("; ")}): install it (https://docs.temporal.io/cli) so that temporal is on the PATH, set TEMPORAL_CLI to the program, install Go so that it can be built here, or set TEMPORAL_ADDRESS to a Temporal server of your own.`,
  );
}

async function download(options: TemporalCliOptions, draft: string): Promise<string> {
  const { version, platform, arch, checksums, releasesUrl, say } = options;
  const expected = checksums[`${platform}-${arch}`];
  if (expected === undefined) throw new Error(`No download of the Temporal CLI is known for ${platform} ${arch}`);
  const url = `${releasesUrl}/v${version}/${archiveName(version, platform, arch)}`;
  say(`Downloading the Temporal CLI ${version} (once)…`);
  const archive = join(draft, "archive.tar.gz");
  const found = await fetchToFile(url, archive, options);
  if (found !== expected) {
    throw new Error(
      `The download from ${url} has the wrong checksum and is not used (${found} instead of ${expected})`,
    );
  }
  await run("tar", ["-xzf", archive, "-C", draft, "temporal"], { signal: options.signal }).catch((error: unknown) => {
    throw new Error(`The download from ${url} could not be unpacked: ${causeOf(error)}`, { cause: error });
  });
  return join(draft, "temporal");
}

/** @returns the SHA-256 of what was written, in hex */
async function fetchToFile(
  url: string,
  file: string,
  limits: Pick<TemporalCliOptions, "signal" | "answerWithinMs">,
): Promise<string> {
  const tooLong = new AbortController();
  let timer = setTimeout(() => tooLong.abort(), limits.answerWithinMs);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([limits.signal, tooLong.signal]) });
    clearTimeout(timer);
    timer = setTimeout(() => tooLong.abort(), DOWNLOAD_WITHIN_MS);
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
    const sum = createHash("sha256");
    const hashing = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sum.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body), hashing, createWriteStream(file));
    return sum.digest("hex");
  } catch (error) {
    const reason = tooLong.signal.aborted ? "it took too long" : causeOf(error);
    throw new Error(`The Temporal CLI could not be downloaded from ${new URL(url).host}: ${reason}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function build(options: TemporalCliOptions, draft: string): Promise<string> {
  const { searchPath, version, environment, say, signal } = options;
  const go = findOnPath("go", searchPath);
  if (go === null) throw new Error("The Temporal CLI cannot be built here: Go is not installed");
  say(`Building the Temporal CLI ${version} with Go, about 3 minutes, once…`);
  const module = `github.com/temporalio/cli/cmd/temporal@v${version}`;
  // Outside any Go module, so that no go.mod nearby has a say.
  await run(go, ["install", module], {
    cwd: draft,
    env: { ...environment, GOBIN: draft },
    signal,
    maxBuffer: 16 * 1024 * 1024,
  }).catch((error: unknown) => {
    const last = (error as { stderr?: string }).stderr?.trim().split("\n").at(-1);
    throw new Error(`go install ${module} failed: ${last || causeOf(error)}`, { cause: error });
  });
  return join(draft, "temporal");
}

/** Why a CLI cannot serve, or null where it can. */
async function unsuitable(program: string): Promise<string | null> {
  const version = await run(program, ["--version"], { timeout: 10_000 }).catch(() => null);
  const server = version?.stdout.match(/Server (\d+)\.(\d+)/);
  if (!server) return "it does not say which Temporal server it brings";
  const [major, minor] = [Number(server[1]), Number(server[2])];
  if (major > OLDEST_SERVER[0] || (major === OLDEST_SERVER[0] && minor >= OLDEST_SERVER[1])) return null;
  return `its Temporal server ${major}.${minor} is older than ${OLDEST_SERVER.join(".")}`;
}

function findOnPath(name: string, searchPath: string): string | null {
  const directories = searchPath.split(delimiter).filter((directory) => directory !== "");
  return directories.map((directory) => join(directory, name)).find(isProgram) ?? null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Not there, or not executable for this user: both mean that it cannot be used.
    return false;
  }
}

/** fetch says only "fetch failed"; the reason is its cause. */
function causeOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? firstLine(cause.message) : firstLine(message);
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? text;
}
