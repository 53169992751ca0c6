import { join } from "node:path";
import { SHUTDOWN_FORCE_MS } from "../workers/shutdown-times.ts";
import { alarmOfPino } from "./log-lines.ts";
import type { ProcessSpec } from "./spawned-process.ts";

/** How to run one of our own programs; `arguments` begins with its file inside the clone. */
export function nodeServiceSpec(options: {
  name: string;
  root: string;
  arguments: readonly string[];
  logFile: string;
  environment: NodeJS.ProcessEnv;
  untilReady: ProcessSpec["untilReady"];
}): ProcessSpec {
  const [script = "", ...rest] = options.arguments;
  const file = join(options.root, script);
  return {
    name: options.name,
    command: process.execPath,
    arguments: [file, ...rest],
    environment: options.environment,
    workingDirectory: options.root,
    marker: file,
    user: null,
    ipc: true,
    logFile: options.logFile,
    stopSignal: "SIGTERM",
    // Longer than a worker, the slowest of them, waits for work in progress at the latest.
    stopWithinMs: SHUTDOWN_FORCE_MS + 5_000,
    killSignal: "SIGKILL",
    untilReady: options.untilReady,
    alarm: alarmOfPino,
  };
}
