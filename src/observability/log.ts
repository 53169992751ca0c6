import { pino, type DestinationStream, type Logger } from "pino";

export type { Logger };

/** One JSON line per event, on stdout. Log ids, never addresses, tokens, subjects or texts. */
export function createLog(name: string, level: string, destination?: DestinationStream): Logger {
  return pino({ name, level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}
