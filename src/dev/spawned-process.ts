import { spawn, type ChildProcess } from "node:child_process";
import type { WriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { LauncherError } from "./launcher-error.ts";

const ALARMS_AT_ONCE = 5;
const ALARM_WINDOW_MS = 10_000;
const REMEMBERED_LINES = 100;

export type ProcessSpec = {
  /** Names the process on the terminal. */
  name: string;
  command: string;
  arguments: string[];
  environment: NodeJS.ProcessEnv;
  workingDirectory: string;
  /** A part of its command line that no process of anybody else has: a path inside this clone. */
  marker: string;
  /** Null: the launcher's own user. */
  user: { uid: number; gid: number } | null;
  /** Whether it is a service of ours, which stops by itself when the IPC channel to its launcher closes. */
  ipc: boolean;
  logFile: string;
  /** Asks it to finish its work and end. */
  stopSignal: "SIGTERM" | "SIGINT";
  /** Then `killSignal` follows. */
  stopWithinMs: number;
  /** Ends it at once. */
  killSignal: NodeJS.Signals;
  /** How often it may crash as it starts, with this exit code, and is started again; others say what is wrong that way. */
  crashesAtStart?: { exitCode: number; times: number };
  /** Runs before each start. */
  prepare?: () => Promise<void>;
  /** Resolves when it serves. `signal` is aborted when it ends before. */
  untilReady: (running: {
    signal: AbortSignal;
    line: (matches: (line: string) => boolean) => Promise<void>;
  }) => Promise<void>;
  /** What of a line belongs on the terminal; the log file has everything. */
  alarm: (line: string) => string | null;
};

/** What a supervised process tells the launcher. */
export type SupervisorEvents = {
  say: (line: string) => void;
  spawned: (spec: ProcessSpec, pid: number) => void;
  /** It keeps ending; it is not started again. */
  failed: (error: LauncherError) => void;
};

export type RunningProcess = {
  child: ChildProcess;
  ready: Promise<void>;
  /** Resolves with its exit code or signal, in words. */
  ended: Promise<string>;
  lastLines: string[];
};

/** Starts it once. What it writes goes to its log, and what people should see of that to the terminal. */
export function spawnProcess(spec: ProcessSpec, events: SupervisorEvents, log: WriteStream): RunningProcess {
  const child = spawn(spec.command, spec.arguments, {
    cwd: spec.workingDirectory,
    env: spec.environment,
    stdio: spec.ipc ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
    // A group of its own: Ctrl-C in the terminal reaches the launcher alone, which stops everything in order.
    detached: true,
    ...spec.user,
  });
  if (child.pid !== undefined) events.spawned(spec, child.pid);
  const lastLines: string[] = [];
  const waiting = new Set<(line: string) => void>();
  const alarms = limitAlarms(spec, events.say);
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      log.write(`${line}\n`);
      lastLines.push(line);
      if (lastLines.length > REMEMBERED_LINES) lastLines.shift();
      for (const wake of waiting) wake(line);
      alarms(line);
    });
  }

  const gone = new AbortController();
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
  }).then(async (how) => {
    gone.abort(new Error(`${spec.name} ended: ${how}`));
    // Its last words may still be in the pipe; a grandchild that holds the pipe open must not keep us.
    if (child.stdout?.readableEnded === false) {
      await Promise.race([new Promise((closed) => child.once("close", closed)), delay(300)]);
    }
    return how;
  });
  const line = (matches: (line: string) => boolean) =>
    new Promise<void>((resolve, reject) => {
      waiting.add((text) => matches(text) && resolve());
      gone.signal.addEventListener("abort", () => reject(gone.signal.reason as Error));
    });
  const ready = spec.untilReady({ signal: gone.signal, line });
  return { child, ready, ended, lastLines };
}

/** Asks it to end, makes it end where it does not, and waits until it is gone. */
export async function stopProcess(running: RunningProcess, spec: ProcessSpec): Promise<void> {
  running.child.kill(spec.stopSignal);
  // A service that listens for the channel's end would otherwise be kept alive by the open channel.
  if (running.child.connected) running.child.disconnect();
  const tooLong = setTimeout(() => running.child.kill(spec.killSignal), spec.stopWithinMs);
  await running.ended;
  clearTimeout(tooLong);
}

/** A process in trouble may warn hundreds of times: the terminal gets the first few of them. */
function limitAlarms(spec: ProcessSpec, say: (line: string) => void): (line: string) => void {
  let windowStart = -Infinity;
  let shown = 0;
  return (line) => {
    const alarm = spec.alarm(line);
    if (alarm === null) return;
    if (performance.now() - windowStart > ALARM_WINDOW_MS) {
      windowStart = performance.now();
      shown = 0;
    }
    shown += 1;
    if (shown <= ALARMS_AT_ONCE) say(`${spec.name}: ${alarm}`);
    if (shown === ALARMS_AT_ONCE + 1) say(`${spec.name}: more of the kind in ${spec.logFile}`);
  };
}
