import "../require-node-24.ts";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

// Loaded once the Node is known to be new enough: an older one fails to link the rest before any of it runs.
const { launch } = await import("./launcher.ts");

// A shell's Ctrl-C reaches this process twice: from the terminal, and once more passed on by npm.
const SAME_SIGNAL_MS = 1_000;

// State, logs and messages are for the developer's eyes; child processes inherit this.
process.umask(0o077);

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
process.chdir(root);
if (existsSync(".env")) process.loadEnvFile(".env");

// Whoever read the output has left; the stack goes on.
process.stdout.on("error", () => undefined);

const launcher = launch(root, process.env, (line) => console.log(line));
let firstSignalAt: number | null = null;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    firstSignalAt ??= performance.now();
    if (performance.now() - firstSignalAt < SAME_SIGNAL_MS) launcher.stop();
    else launcher.kill();
  });
}
process.exitCode = await launcher.finished;
