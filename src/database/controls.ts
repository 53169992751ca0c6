import type pg from "pg";
import type { Actor } from "../domain/audit.ts";
import type { Channel } from "../domain/channel.ts";
import { audited } from "./audited.ts";

/** `ratePerSecond`: calls of all workers together; null: as fast as they come. */
export type Control = { paused: boolean; ratePerSecond: number | null };
export type Controls = ReturnType<typeof createControls>;

const FREE: Control = { paused: false, ratePerSecond: null };

/** What an operator has switched off or slowed down. What has no row runs freely. */
export function createControls(pool: pg.Pool) {
  return {
    async channel(channel: Channel): Promise<Control> {
      const { rows } = await pool.query<Control>({
        name: "read-channel-control",
        text: `SELECT paused, rate_per_second AS "ratePerSecond" FROM channel_controls WHERE channel = $1`,
        values: [channel],
      });
      return rows[0] ?? FREE;
    },

    async setChannel(channel: Channel, control: Control, by: Actor): Promise<void> {
      await setControl(pool, "channel", channel, control, by);
    },

    async setProvider(provider: string, control: Control, by: Actor): Promise<void> {
      await setControl(pool, "provider", provider, control, by);
    },

    /**
     * For how many milliseconds since `since` the channel could not send because somebody had paused it, or each of these
     * providers.
     */
    async pausedMs(channel: Channel, providers: readonly string[], since: Date): Promise<number> {
      const { rows } = await pool.query<{ ms: number }>({
        name: "paused-ms",
        text: PAUSED_MS,
        values: [channel, providers, since],
      });
      return rows[0]?.ms ?? 0;
    },
  };
}

type Scope = "channel" | "provider";

/** The row first: its lock puts concurrent changes in order, and the record of pauses follows what it says. */
async function setControl(pool: pg.Pool, scope: Scope, name: string, control: Control, by: Actor): Promise<void> {
  await audited(pool, by, async (connection) => {
    await connection.query(SET_ROW[scope], [name, control.paused, control.ratePerSecond]);
    await connection.query(control.paused ? BEGIN_PAUSE : END_PAUSE, [scope, name]);
    // Time that was leased at the old rate would hold back the first calls at the new one.
    await connection.query("DELETE FROM rate_leases WHERE bucket = $1", [`${scope}:${name}`]);
  });
}

const setRow = (scope: Scope) => `
  INSERT INTO ${scope}_controls (${scope}, paused, rate_per_second) VALUES ($1, $2, $3)
  ON CONFLICT (${scope}) DO UPDATE
  SET paused = excluded.paused, rate_per_second = excluded.rate_per_second, updated_at = now()`;

const SET_ROW: Record<Scope, string> = { channel: setRow("channel"), provider: setRow("provider") };

const BEGIN_PAUSE = `
  INSERT INTO pauses (scope, name, started_at) VALUES ($1, $2, clock_timestamp())
  ON CONFLICT (scope, name) WHERE ended_at IS NULL DO NOTHING`;

const END_PAUSE = `
  UPDATE pauses SET ended_at = greatest(clock_timestamp(), started_at)
  WHERE scope = $1 AND name = $2 AND ended_at IS NULL`;

const PAUSED_MS = `
  WITH periods AS (
    SELECT scope, name, range_agg(period) AS during
    FROM (
      SELECT scope, name, tstzrange(started_at, ended_at) AS period FROM pauses
      WHERE ((scope = 'channel' AND name = $1) OR (scope = 'provider' AND name = ANY ($2::text[])))
        AND (ended_at IS NULL OR ended_at > $3)
    ) held
    GROUP BY scope, name
  ), held AS (
    SELECT coalesce((SELECT during FROM periods WHERE scope = 'channel'), '{}')
      + coalesce((
          SELECT range_intersect_agg(coalesce(p.during, '{}'))
          FROM unnest($2::text[]) AS provider
          LEFT JOIN periods p ON p.scope = 'provider' AND p.name = provider), '{}') AS during
  )
  SELECT coalesce(sum(extract(epoch FROM upper(period) - lower(period))), 0)::float8 * 1000 AS ms
  FROM held, unnest(held.during * tstzmultirange(tstzrange($3::timestamptz, clock_timestamp()))) AS period`;
