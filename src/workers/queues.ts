import { parseArgs } from "node:util";
import { ConfigError } from "../config.ts";
import { CHANNEL_WORDS, CHANNELS, type ChannelWord, channelsOf } from "../domain/channel.ts";
import { NOTIFICATIONS_QUEUE, sendQueue } from "../workflows/contract.ts";

/** Temporal task queues that a worker process serves. */
export type ServedQueues = { notifications: boolean; send: string[] };

const NOTIFICATIONS_WORD = "notifications";

/**
 * `--queues notifications,email,push`: what this process serves; everything where it is left out. Every word must be
 * served by some process, or its work waits.
 * @throws {ConfigError} naming a word that is no queue
 */
export function servedQueues(args: readonly string[]): ServedQueues {
  const words = queueWords(args);
  if (words === null) return { notifications: true, send: CHANNELS.map(sendQueue) };
  const known: readonly string[] = [NOTIFICATIONS_WORD, ...CHANNEL_WORDS];
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined) {
    throw new ConfigError(`--queues: there is no queue ${JSON.stringify(unknown)}; choose from ${known.join(", ")}.`);
  }
  const channels = words.filter((word): word is ChannelWord => word !== NOTIFICATIONS_WORD).flatMap(channelsOf);
  return { notifications: words.includes(NOTIFICATIONS_QUEUE), send: [...new Set(channels)].map(sendQueue) };
}

function queueWords(args: readonly string[]): string[] | null {
  try {
    const { values } = parseArgs({ args: [...args], options: { queues: { type: "string" } } });
    return values.queues === undefined ? null : values.queues.split(",").map((word) => word.trim());
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}. Usage: --queues notifications,email,push`, { cause: error });
  }
}
