import { z } from "zod";

const pinoLine = z.object({ level: z.number(), msg: z.string().default("") });
const PINO_WARN = 40;
const CONTROL_CHARACTERS = /\p{Cc}/gu;

/** What a line of one of our own processes (pino's JSON) tells the terminal: warnings and errors, in short. */
export function alarmOfPino(line: string): string | null {
  const parsed = parsePino(line);
  return parsed !== null && parsed.level >= PINO_WARN ? shorten(parsed.msg) : null;
}

/** Whether a process says with this line that it is ready: `{"ready":true}`, with whatever else it says there. */
export function saysReady(line: string): boolean {
  return z.object({ ready: z.literal(true) }).safeParse(parseJson(line)).success;
}

/** The line that explains best why a process ended: the last that names an error, else the last at all. */
export function explainingLine(lines: readonly string[]): string {
  const messages = lines.filter((line) => line.trim() !== "").map((line) => parsePino(line)?.msg ?? line.trim());
  const named = messages.findLast((message) => /\b(\w*Error|FATAL|PANIC)\b[^:]*:|^(panic|fatal error): /.test(message));
  return shorten(named ?? messages.at(-1) ?? "it said nothing");
}

function parsePino(line: string): z.infer<typeof pinoLine> | null {
  return pinoLine.safeParse(parseJson(line)).data ?? null;
}

function parseJson(line: string): unknown {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    // Not a log line of ours: a library wrote something that begins with a brace.
    return undefined;
  }
}

function shorten(message: string): string {
  const plain = message.replace(CONTROL_CHARACTERS, " ");
  return plain.length <= 300 ? plain : `${plain.slice(0, 300)}…`;
}
