import { parseArgs } from "node:util";
import { ConfigError } from "../config.ts";
import { CHANNEL_WORDS, CHANNELS, type ChannelWord, channelsOf } from "../domain/channel.ts";
import { NOTIFICATIONS_QUEUE, OUTBOUND_QUEUE, sendQueue } from "../workflows/contract.ts";

/** Temporal task queues that a worker process serves. */
export type ServedQueues = { notifications: boolean; outbound: boolean; send: string[] };

/** Queues that are named by themselves, and not by a channel. */
const OWN_WORDS: readonly string[] = [NOTIFICATIONS_QUEUE, OUTBOUND_QUEUE];

/**
 * `--queues notifications,outbound,email,push`: what this process serves; everything where it is left out. Every word must be
 * served by some process, or its work waits.
 * @throws {ConfigError} naming a word that is no queue
 */
export function servedQueues(args: readonly string[]): ServedQueues {
  const words = queueWords(args);
  if (words === null) return { notifications: true, outbound: true, send: CHANNELS.map(sendQueue) };
  const known: readonly string[] = [...OWN_WORDS, ...CHANNEL_WORDS];
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined) {
    throw new ConfigError(`--queues: there is no queue ${JSON.stringify(unknown)}; choose from ${known.join(", ")}.`);
  }
  const channels = words.filter((word): word is ChannelWord => !OWN_WORDS.includes(word)).flatMap(channelsOf);
  return {
    notifications: words.includes(NOTIFICATIONS_QUEUE),
    outbound: words.includes(OUTBOUND_QUEUE),
    send: [...new Set(channels)].map(sendQueue),
  };
}

function queueWords(args: readonly string[]): string[] | null {
  try {
    const { values } = parseArgs({ args: [...args], options: { queues: { type: "string" } } });
    return values.queues === undefined ? null : values.queues.split(",").map((word) => word.trim());
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}. Usage: --queues notifications,outbound,email,push`, {
      cause: error,
    });
  }
}
