import type pg from "pg";
import { listenForChanges } from "../database/change-listener.ts";
import { createKeptSettings, type Kept, type KeptSettings } from "../database/kept-settings.ts";

/** The settings that a process keeps in memory, with the connection that tells it of changes. */
export function keepSettings(options: {
  pool: pg.Pool;
  databaseUrl: string;
  /** The listening connection is called so, with `-changes` behind it. */
  applicationName: string;
  counted: (cache: Kept, result: "hit" | "miss") => void;
}): { kept: KeptSettings; stop(): Promise<void> } {
  const listener = listenForChanges({
    databaseUrl: options.databaseUrl,
    applicationName: `${options.applicationName}-changes`,
    changed: (table, id) => kept.forget(table, id),
    monotonicNow: () => performance.now(),
  });
  const kept = createKeptSettings(options.pool, { freshness: listener, counted: options.counted });
  return { kept, stop: () => listener.stop() };
}
