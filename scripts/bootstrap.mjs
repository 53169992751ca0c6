// Runs before npm start, test, check and migrate, on whatever Node the machine has: brings the dependencies (Node 24
// among them) and the generated database client up to date, and is silent where they already are. Plain JavaScript
// without dependencies, because it runs before there are any.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST_NODE_FOR_INSTALL = 20;
const NODE_MAJOR = 24;
const WAIT_FOR_OTHER_MS = 15 * 60_000;

/** Ends the bootstrap with one sentence for the person at the keyboard. */
class BootstrapError extends Error {}

/** @param {string} root the clone */
function bootstrap(root) {
  if (major(process.versions.node) < OLDEST_NODE_FOR_INSTALL) {
    throw new BootstrapError(
      `Node ${process.versions.node} is too old to install Tidings: install Node ${NODE_MAJOR} (or any from ${OLDEST_NODE_FOR_INSTALL} on, which then fetches its own ${NODE_MAJOR}).`,
    );
  }
  if (pending(root).length === 0) return;
  const release = lock(root);
  try {
    // Asked again under the lock: another bootstrap may have done the work while this one waited.
    const steps = pending(root);
    if (steps.includes("install")) install(root);
    if (steps.includes("generate")) generate(root);
  } finally {
    release();
  }
}

/** @returns {("install" | "generate")[]} */
function pending(root) {
  const stamp = readJson(stampFile(root)) ?? {};
  const steps = [];
  if (stamp.install !== installHash(root) || !hasNode(root)) steps.push("install");
  // A new Prisma generates another client from the same schema.
  if (steps.length > 0 || stamp.generate !== generateHash(root) || !existsSync(generatedClient(root))) {
    steps.push("generate");
  }
  return steps;
}

function install(root) {
  if (!installedByHand(root)) {
    say("Installing dependencies (npm ci), about a minute…");
    // Without --include a machine set to NODE_ENV=production would get no development tools.
    npm(root, ["ci", "--include=dev", "--include=optional"], "fix what npm says above, then run the command again");
  }
  if (!hasNode(root)) {
    throw new BootstrapError(
      `npm did not bring Node ${NODE_MAJOR} into node_modules: allow install scripts (npm config get ignore-scripts), or, where there is no such Node for ${process.platform} ${process.arch}, install Node ${NODE_MAJOR} yourself; then run the command again.`,
    );
  }
  stampStep(root, "install", installHash(root));
}

function generate(root) {
  say("Generating the database client…");
  npm(root, ["run", "generate"], "see the message of Prisma above");
  stampStep(root, "generate", generateHash(root));
}

/** Everything that decides what npm ci installs. */
function installHash(root) {
  const { dependencies, devDependencies, optionalDependencies, overrides, allowScripts } = readJson(
    join(root, "package.json"),
  );
  return hash(
    readFileSync(join(root, "package-lock.json")),
    JSON.stringify([dependencies, devDependencies, optionalDependencies, overrides, allowScripts]),
    `${process.platform} ${process.arch}`,
  );
}

function generateHash(root) {
  return hash(
    installHash(root),
    readFileSync(join(root, "prisma", "schema.prisma")),
    readFileSync(join(root, "prisma.config.ts")),
  );
}

/** After npm ci or npm install by hand, npm's own record of node_modules agrees with package-lock.json. */
function installedByHand(root) {
  const installed = readJson(join(root, "node_modules", ".package-lock.json"))?.packages;
  if (installed === undefined || !hasNode(root)) return false;
  const locked = readJson(join(root, "package-lock.json")).packages;
  const manifest = readJson(join(root, "package.json"));
  for (const field of ["dependencies", "devDependencies", "optionalDependencies"]) {
    if (JSON.stringify(locked[""][field] ?? {}) !== JSON.stringify(manifest[field] ?? {})) return false;
  }
  return Object.entries(locked).every(([path, entry]) => {
    if (path === "") return true;
    const present = installed[path];
    if (present === undefined) return entry.optional === true || entry.devOptional === true;
    return present.version === entry.version && present.integrity === entry.integrity;
  });
}

/** Whether scripts that npm starts will find a Node of the right age: the pinned one, or else the machine's. */
function hasNode(root) {
  const pinned = join(root, "node_modules", ".bin", "node");
  if (process.execPath.startsWith(join(root, "node_modules"))) return major(process.versions.node) >= NODE_MAJOR;
  if (!existsSync(pinned)) return major(process.versions.node) >= NODE_MAJOR;
  const asked = spawnSync(pinned, ["--version"], { encoding: "utf8" });
  return asked.status === 0 && major(asked.stdout.trim().replace(/^v/, "")) >= NODE_MAJOR;
}

function npm(root, args, advice) {
  // npm ci deletes node_modules: it must not run on the Node that lies there.
  const path = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((directory) => !directory.startsWith(join(root, "node_modules")))
    .join(delimiter);
  const run = spawnSync("npm", args, {
    cwd: root,
    env: { ...process.env, PATH: path },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.error?.code === "ENOENT") {
    throw new BootstrapError("npm is not on the PATH: install Node with npm, then run the command again.");
  }
  if (run.error) throw run.error;
  if (run.status !== 0) {
    process.stderr.write(`${run.stdout}${run.stderr}`);
    const how = run.signal === null ? `exit ${run.status}` : run.signal;
    throw new BootstrapError(`npm ${args.join(" ")} failed (${how}): ${advice}.`);
  }
}

/**
 * One bootstrap at a time in a clone. The lock lies beside node_modules, which npm ci deletes.
 * @returns {() => void} releases it
 */
function lock(root) {
  const file = join(root, ".tidings", "bootstrap.lock");
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}`;
  const deadline = Date.now() + WAIT_FOR_OTHER_MS;
  let said = false;
  writeFileSync(mine, String(process.pid));
  try {
    for (;;) {
      try {
        // A link appears with its content, so nobody ever reads an empty lock.
        linkSync(mine, file);
        return () => rmSync(file, { force: true });
      } catch (error) {
        if (error.code !== "EEXIST") throw error;
      }
      const holder = readText(file);
      if (holder !== null && !isBootstrap(Number(holder))) {
        discardStale(file, holder, `${mine}.stale`);
        continue;
      }
      if (Date.now() > deadline) {
        throw new BootstrapError(`Process ${holder} has been installing for too long: stop it, or delete ${file}.`);
      }
      if (!said && holder !== null) say(`Process ${holder} is installing already; waiting for it…`);
      said = true;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Takes a dead holder's lock away; what turns out to be a new holder's by then is put back. */
function discardStale(file, holder, aside) {
  try {
    renameSync(file, aside);
    if (readText(aside) !== holder) linkSync(aside, file);
  } catch (error) {
    // ENOENT: someone else discarded it first. EEXIST: the next holder is there already. Either way: look again.
    if (error.code !== "ENOENT" && error.code !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function isBootstrap(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
  // Process ids are given out again, above all in containers; where /proc tells the command, ask it.
  const command = readText(`/proc/${pid}/cmdline`);
  return command === null || command.includes("bootstrap");
}

function stampStep(root, step, value) {
  const file = stampFile(root);
  writeFileSync(`${file}.new`, JSON.stringify({ ...readJson(file), [step]: value }));
  renameSync(`${file}.new`, file);
}

function stampFile(root) {
  return join(root, "node_modules", ".tidings-bootstrap.json");
}

function generatedClient(root) {
  return join(root, "src", "database", "generated", "client.ts");
}

function hash(...parts) {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(part).update("\0");
  return sum.digest("hex");
}

function major(version) {
  return Number(version.split(".")[0]);
}

function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    // The second: a process in /proc that has ended between the file's being opened and read.
    if (error.code === "ENOENT" || error.code === "ESRCH") return null;
    throw error;
  }
}

function readJson(file) {
  const text = readText(file);
  return text === null ? undefined : JSON.parse(text);
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

try {
  bootstrap(dirname(dirname(fileURLToPath(import.meta.url))));
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
