import { describe, expect, it } from "vitest";
import { retryLater } from "./retry-later.ts";

describe("retryLater", () => {
  it.each([
    [0, 1],
    [0.4, 1],
    [1_500, 1_500],
  ])("of %d ms asks Temporal to wait %d ms, since 0 would end the activity", (delayMs, nextRetryDelay) => {
    expect(retryLater("again", delayMs)).toMatchObject({ nextRetryDelay });
  });
});
