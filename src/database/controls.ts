import type pg from "pg";
import type { Channel } from "../domain/channel.ts";

export type ChannelControl = { paused: boolean; ratePerSecond: number | null };
export type ProviderControl = { paused: boolean };
export type Controls = ReturnType<typeof createControls>;

/** What an operator has switched off or slowed down. What has no row runs freely. */
export function createControls(pool: pg.Pool) {
  return {
    async channel(channel: Channel): Promise<ChannelControl> {
      const { rows } = await pool.query<ChannelControl>({
        name: "read-channel-control",
        text: `SELECT paused, rate_per_second AS "ratePerSecond" FROM channel_controls WHERE channel = $1`,
        values: [channel],
      });
      return rows[0] ?? { paused: false, ratePerSecond: null };
    },

    async setChannel(channel: Channel, control: ChannelControl): Promise<void> {
      await pool.query(
        `INSERT INTO channel_controls (channel, paused, rate_per_second) VALUES ($1, $2, $3)
         ON CONFLICT (channel) DO UPDATE
         SET paused = excluded.paused, rate_per_second = excluded.rate_per_second, updated_at = now()`,
        [channel, control.paused, control.ratePerSecond],
      );
    },

    async provider(provider: string): Promise<ProviderControl> {
      const { rows } = await pool.query<ProviderControl>({
        name: "read-provider-control",
        text: "SELECT paused FROM provider_controls WHERE provider = $1",
        values: [provider],
      });
      return rows[0] ?? { paused: false };
    },

    async setProvider(provider: string, control: ProviderControl): Promise<void> {
      await pool.query(
        `INSERT INTO provider_controls (provider, paused) VALUES ($1, $2)
         ON CONFLICT (provider) DO UPDATE SET paused = excluded.paused, updated_at = now()`,
        [provider, control.paused],
      );
    },
  };
}
