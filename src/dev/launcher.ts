import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../config.ts";
import { MigrationError } from "../database/migrate.ts";
import { loadLauncherConfig, type LauncherConfig, type PortName, type WantedPort } from "./launcher-config.ts";
import { LauncherError } from "./launcher-error.ts";
import { runRecord, stopLeftovers, type RunRecord } from "./leftovers.ts";
import { isListening, settlePorts } from "./ports.ts";
import { commandLine, sendSignal } from "./process-table.ts";
import { readStack } from "./stack.ts";
import { startStack, type Role, type StartedStack } from "./start-stack.ts";
import type { ProcessSpec } from "./spawned-process.ts";
import { supervise, type SupervisedProcess } from "./supervise.ts";

/** Part of the command line of every launcher. */
const LAUNCHER_MARKER = "src/dev/main.ts";
/** Who uses something stops before it: requests and sends in progress still find all they need. */
const STOP_ORDER: readonly (readonly Role[])[] = [["api", "worker"], ["sandbox"], ["temporal"], ["postgres"]];

/** The reason of an end that was asked for. */
class StopRequested extends Error {}

export type Launcher = {
  /** Resolves with the exit code once nothing is left running. */
  finished: Promise<number>;
  /** Stops everything in order, letting work in progress finish. */
  stop: () => void;
  /** Ends everything at once. */
  kill: () => void;
};

/**
 * Starts the whole stack of the clone in `root` and keeps it running until `stop` or until a part of it fails for good.
 * `say` takes lines for the terminal.
 */
export function launch(root: string, env: NodeJS.ProcessEnv, say: (line: string) => void): Launcher {
  const stateDirectory = join(root, ".tidings");
  const record = runRecord(stateDirectory);
  const end = new AbortController();
  const ended = new Promise((aborted) => end.signal.addEventListener("abort", aborted));
  const running: Partial<Record<Role, SupervisedProcess>> = {};
  const spawned: { spec: ProcessSpec; pid: number }[] = [];

  const start = async (): Promise<StartedStack> => {
    makeStateDirectory(stateDirectory);
    const stack = readStack(join(root, "temporal-dev.yml"));
    const last = record.read();
    if (last !== null) await stopLeftovers(last, LAUNCHER_MARKER, say);
    const lastTemporal = last?.temporalAddress ?? null;
    const isGone = lastTemporal !== null && !(await isListening(lastTemporal));
    const config = loadLauncherConfig(env, stack, isGone ? lastTemporal : null);
    const ports = await settlePorts<PortName>(wantedPorts(config));
    const embeddedTemporal =
      config.temporalAddress === null
        ? { address: `127.0.0.1:${ports.temporal}`, uiUrl: `http://127.0.0.1:${ports.temporalUi}` }
        : null;
    const run: RunRecord = {
      launcher: process.pid,
      temporalAddress: embeddedTemporal?.address ?? lastTemporal,
      processes: [],
    };
    record.write(run);
    const events = {
      say: (line: string) => {
        // While everything is being stopped, services miss each other: that is no news.
        if (!end.signal.aborted) say(line);
      },
      spawned: (spec: ProcessSpec, pid: number) => {
        spawned.push({ spec, pid });
        const { name, marker, stopSignal } = spec;
        run.processes = [...run.processes.filter((known) => known.name !== name), { name, pid, marker, stopSignal }];
        record.write(run);
      },
      failed: (error: LauncherError) => end.abort(error),
    };
    const keepRunning = async (role: Role, spec: ProcessSpec) => {
      running[role] = await supervise(spec, events, end.signal);
    };
    return startStack({ root, stateDirectory, config, stack, ports, embeddedTemporal, keepRunning, end, say });
  };

  const run = async (): Promise<number> => {
    const startedAt = performance.now();
    const starting = start().then(
      (stack) => say(summaryOf(stack, performance.now() - startedAt)),
      (error: unknown) => end.abort(error),
    );
    await ended;
    const reason: unknown = end.signal.reason;
    say(reason instanceof StopRequested ? "Stopping…" : describe(reason));
    await starting;
    for (const roles of STOP_ORDER) await Promise.all(roles.map(async (role) => running[role]?.stop()));
    record.end(process.pid);
    return reason instanceof StopRequested ? 0 : 1;
  };

  return {
    finished: run(),
    stop: () => end.abort(new StopRequested()),
    kill: () => {
      end.abort(new StopRequested());
      for (const { spec, pid } of spawned) {
        // Some ended long ago, and their ids may be others' by now.
        if (commandLine(pid).includes(spec.marker)) sendSignal(pid, spec.killSignal);
      }
    },
  };
}

/** One sentence for what a person can mend; anything else is a defect and shows where. */
function describe(reason: unknown): string {
  const error = reason instanceof Error ? reason : new Error(String(reason));
  const isExpected = [LauncherError, ConfigError, MigrationError].some((kind) => error instanceof kind);
  return isExpected ? error.message : (error.stack ?? error.message);
}

function makeStateDirectory(directory: string): void {
  try {
    mkdirSync(join(directory, "logs"), { recursive: true });
    // PostgreSQL, which may run as another user, passes through here to its own folder.
    chmodSync(directory, 0o711);
  } catch (error) {
    throw new LauncherError(
      `${directory} cannot be used (${(error as Error).message}): start Tidings as the user who owns it, or delete it to start afresh.`,
      { cause: error },
    );
  }
}

function wantedPorts(config: LauncherConfig): Partial<Record<PortName, WantedPort>> {
  const { postgres, temporal, temporalUi, ...always } = config.ports;
  return {
    ...always,
    ...(config.databaseUrl === null && { postgres }),
    ...(config.temporalAddress === null && { temporal, temporalUi }),
  };
}

function summaryOf(stack: StartedStack, tookMs: number): string {
  return [
    "",
    `  API           ${stack.url}`,
    `  Sandbox       ${stack.sandboxUrl}  (what would have been sent)`,
    ...(stack.temporalUrl === null ? [] : [`  Temporal      ${stack.temporalUrl}`]),
    "  Key and URLs  .tidings/dev.env  (the first request is in README.md)",
    "  Logs          .tidings/logs",
    "",
    `Tidings is ready after ${(tookMs / 1000).toFixed(1)} s; Ctrl-C stops everything.`,
  ].join("\n");
}
