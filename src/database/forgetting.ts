import type { KeptSettings } from "./kept-settings.ts";

type Method = (...args: never[]) => Promise<unknown>;

/** What changes something; each names by its first argument what, except of settings, which are one. */
const WRITES = ["put", "delete", "rollback"] as const;

/**
 * A store whose writes make this process forget what it has kept, so that whoever reads the answer does not get an older
 * one to the next question. Other processes hear of it from the database. Forgotten also where the write failed: it may
 * have been committed, and only its answer lost.
 */
export function forgetting<S extends Partial<Record<(typeof WRITES)[number], Method>>>(
  table: "users" | "categories" | "templates" | "settings",
  store: S,
  kept: Pick<KeptSettings, "forget">,
): S {
  const writes = WRITES.flatMap((name) => {
    const write = store[name];
    if (write === undefined) return [];
    const forgettingWrite = async (...args: never[]) => {
      try {
        return await write(...args);
      } finally {
        const [id] = args as unknown[];
        kept.forget(table, typeof id === "string" ? id : null);
      }
    };
    return [[name, forgettingWrite] as const];
  });
  return { ...store, ...Object.fromEntries(writes) };
}
