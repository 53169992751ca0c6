import { expect, it } from "vitest";
import { CHANNELS } from "../domain/channel.ts";
import { sendLimitMs } from "../workflows/contract.ts";
import { SHUTDOWN_GRACE_MS } from "./shutdown-times.ts";

it.each(CHANNELS)("a shutdown leaves a send by %s the time that it may take", (channel) => {
  expect(SHUTDOWN_GRACE_MS).toBeGreaterThan(sendLimitMs(channel));
});
