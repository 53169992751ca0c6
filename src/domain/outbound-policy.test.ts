import { describe, expect, it } from "vitest";
import { retryInMs } from "./outbound-policy.ts";

const HOUR_MS = 3_600_000;
const facts = { attempts: 1, queuedForMs: 0, retryAfterMs: null, random: 1 };

describe("a call to an endpoint that failed", () => {
  it("is made again within seconds at first, and every two hours in the end", () => {
    const delays = Array.from({ length: 9 }, (_, index) => retryInMs({ ...facts, attempts: index + 1 }));
    expect(delays).toEqual([5, 15, 45, 135, 405, 1215, 3645, 7200, 7200].map((seconds) => seconds * 1_000));
  });

  it("is made again after half of that time at the least, so that not all come at once", () => {
    expect(retryInMs({ ...facts, random: 0 })).toBe(2_500);
  });

  it("is never made sooner than the receiver asks, within what we wait at most", () => {
    expect(retryInMs({ ...facts, retryAfterMs: 60_000 })).toBe(60_000);
    expect(retryInMs({ ...facts, retryAfterMs: 1 })).toBe(5_000);
    expect(retryInMs({ ...facts, retryAfterMs: 1_000 * HOUR_MS })).toBe(2 * HOUR_MS);
  });

  it("is given up a day after the event was queued", () => {
    let queuedForMs = 0;
    let attempts = 1;
    for (;;) {
      const delay = retryInMs({ ...facts, attempts, queuedForMs });
      if (delay === null) break;
      queuedForMs += delay;
      attempts++;
    }
    expect(queuedForMs).toBeGreaterThan(22 * HOUR_MS);
    expect(queuedForMs).toBeLessThanOrEqual(24 * HOUR_MS);
    expect(attempts).toBe(19);
  });
});
