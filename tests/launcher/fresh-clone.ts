import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { commandLine, sendSignal } from "../../src/dev/process-table.ts";
import { freePort } from "../support/processes.ts";
import { isOwnSetting } from "../support/own-settings.ts";
import { waitFor } from "../support/wait-for.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PORTS = [
  ...["PORT", "TIDINGS_SANDBOX_PORT", "TIDINGS_SANDBOX_SMTP_PORT", "TIDINGS_SANDBOX_FCM_PORT"],
  ...["TIDINGS_SANDBOX_APNS_PORT", "TIDINGS_SANDBOX_TWILIO_PORT", "TIDINGS_SANDBOX_SENDGRID_PORT"],
  ...["TIDINGS_SANDBOX_VONAGE_PORT", "TIDINGS_SANDBOX_MAILCHIMP_PORT"],
  ...["TIDINGS_POSTGRES_PORT", "TIDINGS_TEMPORAL_PORT", "TIDINGS_TEMPORAL_UI_PORT"],
];

/** A cold npm cache, and perhaps a build of the Temporal CLI. */
const READY_WITHIN_MS = 8 * 60_000;

/** Who runs npm start: null is whoever runs the tests. */
export type Person = { uid: number; gid: number } | null;

export type FreshClone = {
  directory: string;
  start: (environment?: Record<string, string>) => RunningStart;
  /** The variables of .tidings/dev.env. */
  devEnv: () => Record<string, string>;
  /** Everything that runs from this clone, by command line. */
  processes: () => string[];
  remove: () => Promise<void>;
};

export type RunningStart = {
  output: () => string;
  child: ChildProcess;
  /** Resolves once everything serves. @throws {Error} with the output where it ends before */
  ready: () => Promise<void>;
  ended: () => Promise<number | null>;
};

/** A copy of the working tree without anything that is ignored: what a person has right after git clone. */
export async function makeFreshClone(person: Person): Promise<FreshClone> {
  // As mktemp -d makes it: nobody but its owner may enter.
  const home = mkdtempSync(join(tmpdir(), "tidings-clone-"));
  const directory = join(home, "tidings");
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], { cwd: ROOT, encoding: "utf8" });
  for (const file of files.split("\0").filter((name) => name !== "" && existsSync(join(ROOT, name)))) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    cpSync(join(ROOT, file), join(directory, file));
  }
  // Before the program is linked: a link's owner is that of the original.
  if (person !== null) execFileSync("chown", ["-R", `${person.uid}:${person.gid}`, home]);
  const temporal = shareTemporalCli(home);
  const ports = await Promise.all(PORTS.map(async (name) => [name, String(await freePort())] as const));
  const environment = { ...environmentOf(home, temporal), ...Object.fromEntries<string>(ports) };
  const running = () => {
    const places = [home, outside(directory)].filter((place) => place !== null);
    const isOurs = (pid: number) =>
      places.some((place) => commandLine(pid).includes(`${place}/`) || workingDirectory(pid).startsWith(place));
    const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return all.map(Number).filter((pid) => commandLine(pid) !== "" && isOurs(pid));
  };
  return {
    directory,
    start: (extra = {}) => startIn(directory, { ...environment, ...extra }, person),
    devEnv: () =>
      Object.fromEntries(
        readFileSync(join(directory, ".tidings/dev.env"), "utf8")
          .split("\n")
          .filter((line) => /^\w+=/.test(line))
          .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      ),
    processes: () => running().map((pid) => `${pid} ${commandLine(pid)}`),
    remove: async () => {
      for (const pid of running()) sendSignal(pid, "SIGKILL");
      await waitFor("the end of all processes", () => running().length === 0);
      const elsewhere = outside(directory);
      if (elsewhere !== null) rmSync(elsewhere, { recursive: true, force: true });
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function workingDirectory(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // Gone meanwhile, or somebody else's.
    return "";
  }
}

function outside(directory: string): string | null {
  const pointer = join(directory, ".tidings/postgres-location");
  return existsSync(pointer) ? readFileSync(pointer, "utf8").trim() : null;
}

/** The program that this machine has already; a link, since building it takes minutes and a copy much room. */
function shareTemporalCli(home: string): string | null {
  const cached = join(process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? "", ".cache"), "tidings/temporal-1.5.1");
  const known = process.env.TEMPORAL_CLI ?? cached;
  if (!existsSync(known)) return null;
  const shared = join(home, "temporal");
  try {
    linkSync(known, shared);
  } catch {
    // Another file system, or not ours to link.
    cpSync(known, shared);
    chmodSync(shared, 0o755);
  }
  return shared;
}

/** As a newcomer's shell: the machine's own Node first, none of this project's settings, a home of their own. */
function environmentOf(home: string, temporalCli: string | null): Record<string, string> {
  const isForeign = (name: string) => !isOwnSetting(name) && !/^(npm_|NODE_|XDG_)/.test(name);
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && isForeign(entry[0]),
  );
  return {
    ...Object.fromEntries(inherited),
    PATH: path.join(delimiter),
    HOME: home,
    // The new home has no npm settings: where this machine gets its packages from stays the same.
    npm_config_registry: npmSetting("registry"),
    npm_config_cafile: npmSetting("cafile"),
    ...(temporalCli !== null && { TEMPORAL_CLI: temporalCli }),
  };
}

function npmSetting(name: string): string {
  const value = execFileSync("npm", ["config", "get", name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return value.trim() === "null" ? "" : value.trim();
}

function startIn(directory: string, env: Record<string, string>, person: Person): RunningStart {
  // A group of its own, as a terminal gives it to a command: a test can press Ctrl-C.
  const child = spawn("npm", ["start"], { cwd: directory, env, stdio: "pipe", detached: true, ...person });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += String(chunk)));
  const ended = once(child, "exit").then(([code]) => code as number | null);
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  return {
    output: () => output,
    child,
    ended: () => ended,
    ready: async () => {
      await waitFor("npm start to be ready", () => hasEnded || output.includes("Tidings is ready"), {
        timeoutMs: READY_WITHIN_MS,
      }).catch((error: unknown) => {
        throw new Error(`${(error as Error).message}; it wrote:\n${output}`);
      });
      if (hasEnded) throw new Error(`npm start ended; it wrote:\n${output}`);
    },
  };
}
