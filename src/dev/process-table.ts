import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readIfPresent } from "./private-file.ts";

/** The command line of a running process, its parts joined by spaces; "" where there is none (gone, or a zombie). */
export function commandLine(pid: number): string {
  if (existsSync("/proc/self/cmdline")) {
    return (readIfPresent(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").trim();
  }
  try {
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    // ps ends with 1 where there is no such process.
    return "";
  }
}

/** Sends a signal; false where the process is gone already. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
