import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLedger } from "./ledger.ts";
import type { SandboxMessage } from "./message.ts";

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidings-ledger-"));
  file = join(directory, "ledger.jsonl");
});

afterEach(() => rm(directory, { recursive: true }));

function message(id: string): SandboxMessage {
  return {
    id,
    at: "2026-11-22T12:00:00.000Z",
    channel: "email",
    provider: "smtp",
    from: null,
    to: "mina@example.com",
    title: null,
    subject: "Zeile\neins 배송",
    text: "text",
    html: null,
    data: null,
    attemptId: null,
    notificationId: null,
    outcome: "accepted",
  };
}

/** What a new process would find. */
async function idsOnDisk(): Promise<string[]> {
  const ledger = await openLedger(directory);
  const ids = ledger.messages().map(({ id }) => id);
  await ledger.close();
  return ids;
}

describe("openLedger", () => {
  it("keeps messages over a restart, in order and as they were", async () => {
    const ledger = await openLedger(directory);
    await ledger.append(message("1"));
    await ledger.append(message("2"));
    await ledger.close();
    const again = await openLedger(directory);
    expect(again.messages()).toEqual([message("1"), message("2")]);
    await again.close();
  });

  it("has a message on disk by the time that append resolves", async () => {
    const ledger = await openLedger(directory);
    await ledger.append(message("1"));
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(message("1"));
    await ledger.close();
  });

  it("writes every one of many messages that come at once, each whole", async () => {
    const ledger = await openLedger(directory);
    const ids = Array.from({ length: 200 }, (_, index) => String(index));
    await Promise.all(ids.map((id) => ledger.append(message(id))));
    expect(ledger.messages().map(({ id }) => id)).toEqual(ids);
    await ledger.close();
    expect(await idsOnDisk()).toEqual(ids);
  });

  it.each([
    ["half a line", '{"id":"torn","at":"2026'],
    ["zeros that a power cut left", "\0".repeat(100)],
    ["a damaged line with its end", '{"id":"torn\n'],
  ])("cuts off %s at the end, and goes on after what is whole", async (_name, torn) => {
    const ledger = await openLedger(directory);
    await ledger.append(message("1"));
    await ledger.close();
    await appendFile(file, torn);
    const again = await openLedger(directory);
    await again.append(message("2"));
    await again.close();
    expect(await idsOnDisk()).toEqual(["1", "2"]);
  });

  it("refuses a file that is damaged in the middle, and leaves it alone", async () => {
    const damaged = `${JSON.stringify(message("1"))}\nnonsense\n${JSON.stringify(message("3"))}\n`;
    await writeFile(file, damaged);
    await expect(openLedger(directory)).rejects.toThrow(/Line 2 of .* is damaged/);
    expect(await readFile(file, "utf8")).toBe(damaged);
  });

  it("forgets everything before a clear, in the order of the calls", async () => {
    const ledger = await openLedger(directory);
    await ledger.append(message("1"));
    await Promise.all([ledger.append(message("2")), ledger.clear(), ledger.append(message("3"))]);
    expect(ledger.messages().map(({ id }) => id)).toEqual(["3"]);
    await ledger.close();
    expect(await idsOnDisk()).toEqual(["3"]);
  });

  it("finishes what is being written before it closes", async () => {
    const ledger = await openLedger(directory);
    const written = ledger.append(message("1"));
    await ledger.close();
    await written;
    expect(await idsOnDisk()).toEqual(["1"]);
  });
});
