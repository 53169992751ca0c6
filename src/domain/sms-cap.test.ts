import { expect, it } from "vitest";
import type { DeliveryDecision } from "./decide-deliveries.ts";
import { refuseBeyondCap } from "./sms-cap.ts";

const to = (channel: "sms" | "email", contactId: string): DeliveryDecision => ({ send: true, channel, contactId });

it("lets as many texts through as there are segments for, and takes nothing from other channels", () => {
  const deliveries = [to("sms", "a"), to("email", "b"), to("sms", "c")];
  const refusedWith = (used: number) =>
    refuseBeyondCap(deliveries, 2, { used, cap: 5 }).map((one) => (one.send ? "send" : one.reason));
  expect(refusedWith(1)).toEqual(["send", "send", "send"]);
  expect(refusedWith(2)).toEqual(["send", "send", "sms_cap_reached"]);
  expect(refusedWith(4)).toEqual(["sms_cap_reached", "send", "sms_cap_reached"]);
});
