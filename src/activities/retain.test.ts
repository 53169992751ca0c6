import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Retention } from "../database/retention.ts";
import { createLog } from "../observability/log.ts";
import { createRetain } from "./retain.ts";

const MINUTE_MS = 60_000;

/** A database in which every page takes four minutes, and the contents have so many pages. */
async function retainPages(contentPages: number) {
  let [now, pages] = [0, 0];
  const lines: string[] = [];
  const destination = new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) });
  const retention = {
    forgetEvents: () => Promise.resolve(0),
    forgetContents() {
      now += 4 * MINUTE_MS;
      return Promise.resolve({ removed: 1_000, next: ++pages < contentPages ? ["place"] : null });
    },
    forgetNotifications: () => Promise.resolve({ removed: 7, next: null }),
    forgetMonths: () => Promise.resolve(0),
    forgetRecords: () => Promise.resolve(false),
  } as unknown as Retention;
  const days = { contentDays: 30, metadataDays: 400 };
  const log = createLog("test", "warn", destination);
  const result = await createRetain({ retention, ...days, monotonicNow: () => now, log }).retain();
  return { result, warned: lines.map((line) => JSON.parse(line) as unknown) };
}

describe("a run of the retention", () => {
  it("forgets all that there is, however much, where there is time", async () => {
    const { result, warned } = await retainPages(5);
    expect([result, warned]).toMatchObject([{ contents: 5_000, notifications: 7 }, []]);
  });

  it("ends in time where there is more, forgets something of every kind, and says what is left", async () => {
    const { result, warned } = await retainPages(1_000);
    expect(result).toMatchObject({ contents: 5_000, notifications: 7 });
    expect(warned).toMatchObject([{ level: 40, left: ["contents"] }]);
  });
});
