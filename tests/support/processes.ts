import { type ChildProcess, fork } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { isOwnSetting } from "./own-settings.ts";
import { waitFor } from "./wait-for.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A real process of ours, started with an IPC channel, so that it ends with the test that started it. */
export type TestProcess = {
  readonly pid: number;
  /** Whether it has ended, by itself or otherwise. */
  ended(): boolean;
  /** What it wrote to stdout and stderr so far. */
  output(): string;
  /** What it sent by IPC so far. */
  messages(): readonly unknown[];
  /** SIGKILL: no chance to tidy up. */
  kill(): Promise<void>;
  /** SIGTERM: resolves with the exit code after it has tidied up. */
  stop(): Promise<number | null>;
};

const running = new Set<ChildProcess>();

export function startProcess(script: string, env: Record<string, string>, args: string[] = []): TestProcess {
  const child = fork(`${ROOT}${script}`, args, { cwd: ROOT, env: { ...cleanEnvironment(), ...env }, silent: true });
  running.add(child);
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const messages: unknown[] = [];
  child.on("message", (message) => void messages.push(message));
  const exited = once(child, "exit").then(() => running.delete(child));
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    pid: child.pid ?? 0,
    ended: () => child.exitCode !== null || child.signalCode !== null,
    output: () => output,
    messages: () => messages,
    kill: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
  };
}

/** How many processes that were started here still run: a test that ends with any has leaked. */
export function runningProcesses(): number {
  return running.size;
}

export type Api = TestProcess & { url: string };

/** An API process that answers, on `PORT` where that is set. */
export async function startApi(env: Record<string, string>): Promise<Api> {
  const port = env.PORT ?? (await freePort());
  const process = startProcess("src/api/server.ts", { ...env, PORT: String(port) });
  const url = `http://127.0.0.1:${port}`;
  await answering(process, "the API", () =>
    fetch(`${url}/healthz`).then(
      (response) => response.ok,
      () => false,
    ),
  );
  return { ...process, url };
}

/** A worker process that polls; `script` is another entry point than the service's own. */
export async function startWorker(
  env: Record<string, string>,
  script = "src/workers/run.ts",
  args: string[] = [],
): Promise<TestProcess> {
  const process = startProcess(script, env, args);
  await answering(process, "the worker", () => process.output().includes('{"ready":true}'));
  return process;
}

/** Above the last port that `fetch` refuses to call (10080), and below those that systems choose from themselves. */
const [FIRST_PORT, LAST_PORT] = [11_000, 32_000];
let lastPort = randomInt(FIRST_PORT, LAST_PORT);

/**
 * A port that nothing listens on, and that nobody else chooses: Temporal takes several of the system's own as it starts,
 * and would now and then take one that was found free here and is not in use yet.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = (lastPort = lastPort === LAST_PORT ? FIRST_PORT : lastPort + 1);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}

async function answering(process: TestProcess, what: string, probe: () => Promise<boolean> | boolean): Promise<void> {
  try {
    await waitFor(`${what} to be ready`, () => process.ended() || probe(), { timeoutMs: 60_000 });
    if (process.ended()) throw new Error(`${what} ended instead of becoming ready`);
  } catch (error) {
    await process.kill();
    throw new Error(`${(error as Error).message}; it wrote:\n${process.output()}`, { cause: error });
  }
}

/** Settings of the person who runs the tests must not reach the processes under test. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const isForeign = (name: string) => !isOwnSetting(name) && name !== "NODE_OPTIONS";
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => isForeign(name)));
}
