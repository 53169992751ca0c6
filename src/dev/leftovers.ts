import { join } from "node:path";
import { z } from "zod";
import { LauncherError } from "./launcher-error.ts";
import { readIfPresent, writePrivateFile } from "./private-file.ts";
import { commandLine, sendSignal } from "./process-table.ts";
import { waitUntil } from "./wait-until.ts";

const STOP_WITHIN_MS = 15_000;

const record = z.object({
  launcher: z.number(),
  /** Where the last Temporal of a launcher's own listened. */
  temporalAddress: z.string().nullable(),
  processes: z.array(
    z.object({
      name: z.string(),
      pid: z.number(),
      /** See ProcessSpec. */
      marker: z.string(),
      stopSignal: z.enum(["SIGTERM", "SIGINT"]),
    }),
  ),
});

export type RunRecord = z.infer<typeof record>;

/** What the launcher writes down about its run, so that the next one finds what a killed one left behind. */
export function runRecord(stateDirectory: string) {
  const file = join(stateDirectory, "launcher.json");
  return {
    read: (): RunRecord | null => {
      const text = readIfPresent(file);
      return text === null ? null : record.parse(JSON.parse(text));
    },
    write: (run: RunRecord): void => writePrivateFile(file, JSON.stringify(run)),
    /** Marks the launcher's own run as over. The address stays: shells may still carry it. */
    end: (launcher: number): void => {
      const text = readIfPresent(file);
      const last = text === null ? null : record.parse(JSON.parse(text));
      if (last?.launcher !== launcher) return;
      writePrivateFile(file, JSON.stringify({ ...last, launcher: 0, processes: [] } satisfies RunRecord));
    },
  };
}

/**
 * Stops what an earlier launcher of this clone left running. A process counts only while its command line still has
 * its marker: process ids are given out again, and what is not ours is never touched.
 * @throws {LauncherError} when that launcher itself still runs
 */
export async function stopLeftovers(
  run: RunRecord,
  launcherMarker: string,
  say: (line: string) => void,
): Promise<void> {
  if (run.launcher > 0 && run.launcher !== process.pid && commandLine(run.launcher).includes(launcherMarker)) {
    throw new LauncherError(`Tidings is already running from this folder (process ${run.launcher}): stop it first.`);
  }
  for (const { name, pid, marker, stopSignal } of run.processes.toReversed()) {
    const isOurs = () => commandLine(pid).includes(marker);
    if (!isOurs()) continue;
    say(`Stopping ${name}, which an earlier start left running (process ${pid}).`);
    sendSignal(pid, stopSignal);
    const tooLong = AbortSignal.timeout(STOP_WITHIN_MS);
    await waitUntil(() => !isOurs(), { signal: tooLong }).catch((error: unknown) => {
      if (!tooLong.aborted) throw error;
      sendSignal(pid, "SIGKILL");
    });
    await waitUntil(() => !isOurs(), { signal: AbortSignal.timeout(STOP_WITHIN_MS) });
  }
}
