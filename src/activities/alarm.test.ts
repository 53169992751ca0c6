import { describe, expect, it } from "vitest";
import { createLog } from "../observability/log.ts";
import { createAlarm } from "./alarm.ts";

function given(write: (times: number) => Promise<void>) {
  const clock = { now: 0 };
  const written: [string, string, number][] = [];
  const alarm = createAlarm({
    alerts: {
      raise: async (kind: string, subject: string, _detail: unknown, times: number) => {
        await write(times);
        written.push([kind, subject, times]);
      },
    } as unknown as Parameters<typeof createAlarm>[0]["alerts"],
    monotonicNow: () => clock.now,
    log: createLog("test", "silent"),
  });
  return { alarm, written, clock };
}

describe("an alarm", () => {
  it("writes the first at once, and those that follow within seconds together", async () => {
    const { alarm, written, clock } = given(() => Promise.resolve());
    for (let count = 0; count < 1_000; count++) await alarm.raise("provider_down", "smtp");
    await alarm.raise("provider_down", "twilio");
    clock.now = 6_000;
    await alarm.raise("provider_down", "smtp");
    expect(written).toEqual([
      ["provider_down", "smtp", 1],
      ["provider_down", "twilio", 1],
      ["provider_down", "smtp", 1_000],
    ]);
  });

  it("never fails, and counts what could not be written", async () => {
    let away = true;
    const { alarm, written } = given(() => (away ? Promise.reject(new Error("away")) : Promise.resolve()));
    await alarm.raise("provider_down", "smtp");
    away = false;
    await alarm.raise("provider_down", "smtp");
    expect(written).toEqual([["provider_down", "smtp", 2]]);
  });
});
