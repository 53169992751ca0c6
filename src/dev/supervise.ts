import { createWriteStream, openSync, type WriteStream } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { LauncherError } from "./launcher-error.ts";
import { explainingLine } from "./log-lines.ts";
import {
  type ProcessSpec,
  type RunningProcess,
  spawnProcess,
  stopProcess,
  type SupervisorEvents,
} from "./spawned-process.ts";

const CRASH_WINDOW_MS = 30_000;
const CRASHES_ALLOWED = 5;
const FIRST_BACK_OFF_MS = 200;
/** Generous: a cold machine bundles the workflows for a while. */
const READY_WITHIN_MS = 120_000;

export type SupervisedProcess = {
  /** Asks it to stop and waits until it is gone. To be called once the signal of `supervise` is aborted. */
  stop: () => Promise<void>;
};

/**
 * Starts a process, waits until it serves, and from then on starts it again whenever it ends by itself. Once `signal`
 * is aborted nothing is started any more, and a start that is under way is given up.
 * @throws {LauncherError} when it ends before it served for the first time
 */
export async function supervise(
  spec: ProcessSpec,
  events: SupervisorEvents,
  signal: AbortSignal,
): Promise<SupervisedProcess> {
  const log = createWriteStream(spec.logFile, { fd: openSync(spec.logFile, "a", 0o600) });
  log.on("error", (error) => events.say(`${spec.logFile} cannot be written any more: ${error.message}`));
  let current = await startPatiently(spec, events, log, signal).catch((error: unknown) => {
    log.end();
    throw error;
  });
  const isEnding = () => signal.aborted;

  const keepRunning = async () => {
    const crashes: number[] = [];
    for (;;) {
      const how = await current.ended;
      if (isEnding()) return;
      crashes.push(performance.now());
      const recent = crashes.filter((at) => at > performance.now() - CRASH_WINDOW_MS).length;
      if (recent >= CRASHES_ALLOWED) {
        throw new LauncherError(
          `${spec.name} ended ${recent} times within ${CRASH_WINDOW_MS / 1000} seconds, at last with: ${explainingLine(current.lastLines)} (see ${spec.logFile}).`,
        );
      }
      events.say(`${spec.name} ended unexpectedly (${how}): starting it again.`);
      await delay(FIRST_BACK_OFF_MS * 2 ** (recent - 1), undefined, { signal }).catch(() => {
        // Aborted: the launcher stops while this waits, which the next line sees.
      });
      if (!isEnding()) await spec.prepare?.();
      if (isEnding()) return;
      current = spawnProcess(spec, events, log);
      current.ready.then(
        () => events.say(`${spec.name} runs again.`),
        // Its end is handled by the next turn.
        () => undefined,
      );
    }
  };
  const loop = keepRunning().catch((error: unknown) => {
    events.failed(error instanceof LauncherError ? error : new LauncherError(`${spec.name}: ${String(error)}`));
  });
  return {
    stop: async () => {
      await stopProcess(current, spec);
      await loop;
      log.end();
    },
  };
}

class StartFailed extends LauncherError {
  readonly exitCode: number | null;
  constructor(message: string, exitCode: number | null, cause: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

async function startPatiently(
  spec: ProcessSpec,
  events: SupervisorEvents,
  log: WriteStream,
  signal: AbortSignal,
): Promise<RunningProcess> {
  const { exitCode, times } = spec.crashesAtStart ?? { exitCode: null, times: 0 };
  for (let left = times; ; left--) {
    try {
      return await startOnce(spec, events, log, signal);
    } catch (error) {
      if (!(error instanceof StartFailed) || left === 0 || error.exitCode !== exitCode) throw error;
      events.say(`${error.message} Starting it again.`);
    }
  }
}

async function startOnce(
  spec: ProcessSpec,
  events: SupervisorEvents,
  log: WriteStream,
  signal: AbortSignal,
): Promise<RunningProcess> {
  await spec.prepare?.();
  signal.throwIfAborted();
  const running = spawnProcess(spec, events, log);
  const giveUp = () => void stopProcess(running, spec);
  signal.addEventListener("abort", giveUp);
  const tooLong = setTimeout(() => running.child.kill(spec.killSignal), READY_WITHIN_MS);
  try {
    await running.ready;
    return running;
  } catch (error) {
    if (!signal.aborted) running.child.kill(spec.killSignal);
    const how = await running.ended;
    signal.throwIfAborted();
    throw new StartFailed(
      `${spec.name} could not start (${how}): ${explainingLine(running.lastLines)} (see ${spec.logFile}).`,
      running.child.exitCode,
      error,
    );
  } finally {
    clearTimeout(tooLong);
    signal.removeEventListener("abort", giveUp);
  }
}
