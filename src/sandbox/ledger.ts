import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxMessage } from "./message.ts";

/** Every message that was taken, kept across restarts and kills. */
export type Ledger = {
  /** Oldest first. */
  messages(): readonly SandboxMessage[];
  /** Resolves when the message is on disk; only then may its sender be told that it was taken. */
  append(message: SandboxMessage): Promise<void>;
  clear(): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
};

type Entry = { message: SandboxMessage | "clear"; written: PromiseWithResolvers<undefined> };

/**
 * Opens `ledger.jsonl` in the directory, or makes it. A line that was being written when the process died is cut off.
 * @throws Error in one sentence if the file is damaged elsewhere
 */
export async function openLedger(directory: string): Promise<Ledger> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, "ledger.jsonl");
  const file = await open(path, "a+");
  const { messages, bytes } = readLines(await file.readFile(), path);
  await file.truncate(bytes);
  return new FileLedger(file, messages, bytes);
}

function readLines(content: Buffer, path: string): { messages: SandboxMessage[]; bytes: number } {
  const messages: SandboxMessage[] = [];
  let start = 0;
  for (let end = content.indexOf("\n"); end !== -1; end = content.indexOf("\n", start)) {
    const message = parseLine(content.toString("utf8", start, end));
    if (message === null) {
      if (end === content.length - 1) break; // torn, and yet the end of its line reached the disk
      throw new Error(`Line ${messages.length + 1} of ${path} is damaged: move the file away to start without it.`);
    }
    messages.push(message);
    start = end + 1;
  }
  return { messages, bytes: start };
}

function parseLine(line: string): SandboxMessage | null {
  try {
    return JSON.parse(line) as SandboxMessage;
  } catch {
    return null; // no JSON: the caller decides whether that may be
  }
}

class FileLedger implements Ledger {
  readonly #file: FileHandle;
  #messages: SandboxMessage[];
  /** Length of the file up to the last whole line. */
  #bytes: number;
  #waiting: Entry[] = [];
  #writing: Promise<void> | null = null;

  constructor(file: FileHandle, messages: SandboxMessage[], bytes: number) {
    this.#file = file;
    this.#messages = messages;
    this.#bytes = bytes;
  }

  messages(): readonly SandboxMessage[] {
    return this.#messages;
  }

  append(message: SandboxMessage): Promise<void> {
    return this.#enqueue(message);
  }

  clear(): Promise<void> {
    return this.#enqueue("clear");
  }

  async close(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    await this.#file.close();
  }

  #enqueue(message: SandboxMessage | "clear"): Promise<void> {
    const written = Promise.withResolvers<undefined>();
    this.#waiting.push({ message, written });
    this.#writing ??= this.#writeAll();
    return written.promise;
  }

  /** One sync for all that came while the one before was running. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      try {
        await this.#write(group);
        for (const { written } of group) written.resolve(undefined);
      } catch (error) {
        // Half a line may stand there (a full disk); the next group must not continue it.
        await this.#file.truncate(this.#bytes).catch(() => undefined);
        for (const { written } of group) written.reject(error);
      }
    }
    this.#writing = null;
  }

  async #write(group: Entry[]): Promise<void> {
    const lastClear = group.findLastIndex((entry) => entry.message === "clear");
    if (lastClear !== -1) {
      await this.#file.truncate(0);
      this.#messages = [];
      this.#bytes = 0;
    }
    // What came before a clear is gone with it.
    const messages = group.slice(lastClear + 1).map((entry) => entry.message as SandboxMessage);
    const lines = Buffer.from(messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
    await this.#file.appendFile(lines);
    await this.#file.datasync();
    this.#bytes += lines.length;
    this.#messages.push(...messages);
  }
}
