import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../../tests/support/wait-for.ts";
import { LauncherError } from "./launcher-error.ts";
import { alarmOfPino, saysReady } from "./log-lines.ts";
import { commandLine, sendSignal } from "./process-table.ts";
import type { ProcessSpec } from "./spawned-process.ts";
import { supervise, type SupervisedProcess } from "./supervise.ts";

const READY = `console.log('{"ready":true}');`;
const STAY = "setInterval(() => undefined, 1000);";

let directory: string;
let end: AbortController;
let said: string[];
let pids: number[];
let failures: LauncherError[];
let started: SupervisedProcess[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tidings-supervise-"));
  end = new AbortController();
  said = [];
  pids = [];
  failures = [];
  started = [];
});

afterEach(async () => {
  end.abort();
  await Promise.all(started.map((process) => process.stop()));
  expect(pids.filter((pid) => commandLine(pid) !== "")).toEqual([]);
  rmSync(directory, { recursive: true });
});

async function start(script: string, overrides: Partial<ProcessSpec> = {}): Promise<SupervisedProcess> {
  const spec: ProcessSpec = {
    name: "The service",
    command: process.execPath,
    arguments: ["-e", script],
    environment: { PATH: process.env.PATH },
    workingDirectory: directory,
    marker: directory,
    user: null,
    ipc: false,
    logFile: join(directory, "service.log"),
    stopSignal: "SIGTERM",
    stopWithinMs: 10_000,
    killSignal: "SIGKILL",
    untilReady: ({ line }) => line(saysReady),
    alarm: alarmOfPino,
    ...overrides,
  };
  const events = {
    say: (line: string) => said.push(line),
    spawned: (_spec: ProcessSpec, pid: number) => pids.push(pid),
    failed: (error: LauncherError) => failures.push(error),
  };
  const supervised = await supervise(spec, events, end.signal);
  started.push(supervised);
  return supervised;
}

describe("supervise", () => {
  it("keeps everything in the log and shows only warnings", async () => {
    await start(`console.log('{"level":30,"msg":"quiet"}'); console.error('{"level":40,"msg":"loud"}');
      setTimeout(() => {${READY}}, 50); ${STAY}`);
    await waitFor("the warning", () => said.length > 0);
    expect(said).toEqual(["The service: loud"]);
    const log = () => readFileSync(join(directory, "service.log"), "utf8");
    await waitFor("both in the log", () => log().includes("quiet") && log().includes("loud"));
  });

  it("shows the first few of many warnings and where the others are", async () => {
    await start(`for (let i = 0; i < 100; i++) console.log('{"level":40,"msg":"w' + i + '"}'); ${READY} ${STAY}`);
    expect(said).toHaveLength(6);
    expect(said.at(-1)).toContain("service.log");
  });

  it("starts a process again that was killed", async () => {
    await start(`${READY} ${STAY}`);
    sendSignal(pids[0] as number, "SIGKILL");
    await waitFor("the second start", () => said.includes("The service runs again."));
    expect(said[0]).toBe("The service ended unexpectedly (SIGKILL): starting it again.");
    expect(pids).toHaveLength(2);
    expect(failures).toEqual([]);
  });

  it("gives up on a process that keeps ending, and says why and where to look", async () => {
    await start(`${READY} setTimeout(() => { throw new TypeError("no such thing"); }, 20)`);
    await waitFor("the end", () => failures.length > 0);
    expect(failures[0]?.message).toMatch(/ended 5 times within 30 seconds.*TypeError: no such thing.*service\.log/);
    expect(pids).toHaveLength(5);
  });

  it("says at once why a process could not start", async () => {
    const attempt = start(`console.error("ConfigError: PORT is wrong"); process.exit(3)`);
    await expect(attempt).rejects.toThrow(LauncherError);
    await expect(attempt).rejects.toThrow(/could not start \(exit code 3\): ConfigError: PORT is wrong/);
    expect(pids).toHaveLength(1);
  });

  it("starts again what may crash as it starts, and only that", async () => {
    const file = join(directory, "starts");
    const crashTwice = `const fs = require("fs"); fs.appendFileSync(${JSON.stringify(file)}, "x");
      if (fs.readFileSync(${JSON.stringify(file)}).length < 3) { console.error("panic: locked"); process.exit(2); }
      ${READY} ${STAY}`;
    await start(crashTwice, { crashesAtStart: { exitCode: 2, times: 2 } });
    expect(pids).toHaveLength(3);
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(/could not start \(exit code 2\): panic: locked .* Starting it again\.$/);

    const always = start("process.exit(2)", { crashesAtStart: { exitCode: 2, times: 1 } });
    await expect(always).rejects.toThrow(/could not start \(exit code 2\)/);
    expect(pids).toHaveLength(5);
    const otherwise = start("process.exit(3)", { crashesAtStart: { exitCode: 2, times: 1 } });
    await expect(otherwise).rejects.toThrow(/could not start \(exit code 3\)/);
    expect(pids).toHaveLength(6);
  });

  it("says so where there is no such program", async () => {
    await expect(start("", { command: "/nonexistent/program" })).rejects.toThrow(/could not start.*ENOENT/);
  });

  it("gives up a start that is under way when everything ends", async () => {
    const attempt = start(STAY);
    await waitFor("the process", () => pids.length === 1);
    end.abort(new Error("stop"));
    await expect(attempt).rejects.toThrow("stop");
  });

  it("lets a process finish its work before it stops", async () => {
    const file = join(directory, "finished");
    const service = await start(`process.on("SIGTERM", () => setTimeout(() => {
        require("fs").writeFileSync(${JSON.stringify(file)}, "yes"); process.exit(0); }, 100));
      ${READY} ${STAY}`);
    end.abort();
    await service.stop();
    expect(readFileSync(file, "utf8")).toBe("yes");
  });

  it("ends a process that does not stop in time", async () => {
    const service = await start(`process.on("SIGTERM", () => undefined); ${READY} ${STAY}`, { stopWithinMs: 100 });
    end.abort();
    await service.stop();
    expect(commandLine(pids[0] as number)).toBe("");
  });

  it("does not hold up a service that only waits for the end of its channel", async () => {
    const service = await start(
      `process.once("disconnect", () => undefined);
      process.once("SIGTERM", () => undefined); ${READY}`,
      { ipc: true },
    );
    end.abort();
    await service.stop();
    expect(said).toEqual([]);
  });
});
