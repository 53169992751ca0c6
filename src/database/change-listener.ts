import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Freshness } from "./cache.ts";

/** The channel on which the database's triggers say `<table>:<id>`, or `<table>:` for all rows of a table. */
const CHANNEL = "tidings_changes";

/** A change may be unknown for so long, whatever happens to the connection. */
const PROMISE_MS = 1_000;
/** Twice within what is promised, so that one probe that is late breaks nothing. */
const PROBE_EVERY_MS = 450;
const PROBE_TIMEOUT_MS = 2_000;
const AGAIN_AFTER_MS = 250;
/** Even what nobody reports is read again after this time. */
const KEPT_AT_MOST_MS = 60_000;

export type ChangeListener = Freshness & {
  /** Ends the connection. */
  stop(): Promise<void>;
};

/**
 * Listens for changes on a connection of its own, and knows how far it can be trusted: what was read is fresh for a
 * minute as long as a probe that began within the last second has come back, which is after every earlier change; for a
 * second otherwise. Whenever the connection is new or lost, everything is to be forgotten.
 */
export function listenForChanges(options: {
  databaseUrl: string;
  applicationName: string;
  /** `id` null: all of the table; `table` null: everything. */
  changed: (table: string | null, id: string | null) => void;
  /** Milliseconds of a clock that never jumps. */
  monotonicNow: () => number;
}): ChangeListener {
  const { changed, monotonicNow } = options;
  const stopping = new AbortController();
  let provenAt = Number.NEGATIVE_INFINITY;

  async function listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: options.databaseUrl,
      application_name: options.applicationName,
      connectionTimeoutMillis: PROBE_TIMEOUT_MS,
      query_timeout: PROBE_TIMEOUT_MS,
      keepAlive: true,
    });
    const session = new AbortController();
    // The probe that is under way, or the next one, fails then; the event itself would end the process.
    client.on("error", () => session.abort());
    client.on("end", () => session.abort());
    client.on("notification", ({ payload = "" }) => {
      const [table = "", ...id] = payload.split(":");
      changed(table, id.join(":") || null);
    });
    const signal = AbortSignal.any([stopping.signal, session.signal]);
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      // What is read from now on cannot change unheard.
      changed(null, null);
      while (!signal.aborted) {
        const begunAt = monotonicNow();
        await probe(client);
        provenAt = begunAt;
        await delay(PROBE_EVERY_MS, undefined, { signal });
      }
    } finally {
      provenAt = Number.NEGATIVE_INFINITY;
      changed(null, null);
      // Not awaited: a server that is gone does not say goodbye.
      client.end().catch(() => undefined);
    }
  }

  async function listenOn(): Promise<void> {
    while (!stopping.signal.aborted) {
      // Whatever ended it: meanwhile nothing is trusted for longer than a second, and the next connection begins anew.
      await listen().catch(() => undefined);
      await delay(AGAIN_AFTER_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const listening = listenOn();
  return {
    now: monotonicNow,
    isFresh(readAt) {
      const now = monotonicNow();
      if (now - readAt <= PROMISE_MS) return true;
      return now - provenAt <= PROMISE_MS && now - readAt <= KEPT_AT_MOST_MS;
    },
    async stop() {
      stopping.abort();
      await listening;
    },
  };
}

/** @throws {Error} also where this is not the connection that listens, as behind a proxy that shares connections */
async function probe(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ channel: string }>("SELECT pg_listening_channels() AS channel");
  if (!rows.some(({ channel }) => channel === CHANNEL)) throw new Error(`the connection does not listen`);
}
