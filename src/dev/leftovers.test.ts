import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../../tests/support/wait-for.ts";
import { runRecord, stopLeftovers, type RunRecord } from "./leftovers.ts";
import { commandLine } from "./process-table.ts";

let directory: string;
let child: ChildProcess;
let said: string[];
const say = (line: string) => void said.push(line);

beforeEach(async () => {
  said = [];
  directory = mkdtempSync(join(tmpdir(), "tidings-leftovers-"));
  child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)", directory], { stdio: "ignore" });
  await waitFor("the process", () => commandLine(child.pid as number).includes(directory));
});
afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
  rmSync(directory, { recursive: true });
});

const recordOf = (overrides: Partial<RunRecord["processes"][number]>): RunRecord => ({
  launcher: 0,
  temporalAddress: null,
  processes: [{ name: "Temporal", pid: child.pid as number, marker: directory, stopSignal: "SIGTERM", ...overrides }],
});

describe("stopLeftovers", () => {
  it("stops what is still ours, and says so", async () => {
    await stopLeftovers(recordOf({}), "launcher", say);
    expect(commandLine(child.pid as number)).toBe("");
    expect(said).toEqual([`Stopping Temporal, which an earlier start left running (process ${child.pid}).`]);
  });

  it("never touches a process that only has the same id", async () => {
    await stopLeftovers(recordOf({ marker: `${directory}-another` }), "launcher", say);
    expect(commandLine(child.pid as number)).toContain(directory);
    expect(said).toEqual([]);
  });

  it("refuses while the earlier launcher itself still runs", async () => {
    const record = { ...recordOf({}), launcher: child.pid as number };
    await expect(stopLeftovers(record, directory, say)).rejects.toThrow(`(process ${child.pid}): stop it first`);
    expect(commandLine(child.pid as number)).toContain(directory);
  });
});

describe("runRecord", () => {
  it("forgets the processes of a run that ended, and keeps where its Temporal was", () => {
    const record = runRecord(directory);
    expect(record.read()).toBeNull();
    record.write({ ...recordOf({}), launcher: 7, temporalAddress: "127.0.0.1:1" });
    record.end(7);
    expect(record.read()).toEqual({ launcher: 0, temporalAddress: "127.0.0.1:1", processes: [] });
  });

  it("leaves the record of another launcher alone", () => {
    const record = runRecord(directory);
    const theirs = { ...recordOf({}), launcher: 7 };
    record.write(theirs);
    record.end(8);
    expect(record.read()).toEqual(theirs);
  });
});
