import { z } from "zod";
import type { ChannelWord } from "../domain/channel.ts";

/** What another workflow needs to take a notification up. `request` is as it was accepted. */
export type Takeover = z.infer<typeof takeoverSchema>;

export const takeoverSchema = z.object({
  key: z.object({ clientId: z.string(), eventId: z.string() }),
  generation: z.number(),
  bodyHash: z.string(),
  acceptedAt: z.string(),
  request: z.unknown(),
  /** Hex; null for what was admitted before it was kept. */
  contentHash: z.string().nullable(),
  channels: z.array(z.custom<ChannelWord>()),
});

/** A {@link Takeover} of the event key `k` and the notification `t` as they were changed, and its content `c`. */
export const TAKEOVER_COLUMNS = `
  jsonb_build_object(
    'key', jsonb_build_object('clientId', k.client_id, 'eventId', k.event_id),
    'generation', k.generation, 'bodyHash', encode(k.body_hash, 'hex'), 'acceptedAt', t.accepted_at,
    'request', c.request, 'contentHash', encode(c.content_hash, 'hex'),
    'channels', (SELECT coalesce(jsonb_agg(DISTINCT d.channel), '[]') FROM deliveries d WHERE d.notification_id = t.id)
  )`;
