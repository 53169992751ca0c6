import { describe, expect, it } from "vitest";
import type { DeliveryDecision } from "./decide-deliveries.ts";
import { deliveriesToRepeat, type PastDelivery } from "./replay.ts";

const past = (deliveryId: string, channel: PastDelivery["channel"], contactId: string | null, repeatable = true) => ({
  deliveryId,
  channel,
  contactId,
  repeatable,
});
const to = (channel: "apns" | "fcm" | "sms" | "email", contactId: string | null): DeliveryDecision => ({
  send: true,
  channel,
  contactId,
});
const skip = (channel: "push" | "email", reason: "opted_out" | "no_contact"): DeliveryDecision => ({
  send: false,
  channel,
  reason,
});

describe("the deliveries that a replay sends again", () => {
  it("are those that failed, to their own contacts", () => {
    const deliveries = [past("d1", "fcm", "phone", false), past("d2", "email", "mail")];
    expect(deliveriesToRepeat(deliveries, [to("fcm", "phone"), to("email", "mail")])).toEqual({
      again: [{ deliveryId: "d2", channel: "email", contactId: "mail" }],
      refused: [],
    });
  });

  it("go to an address of the request, which is nobody's contact", () => {
    expect(deliveriesToRepeat([past("d1", "sms", null)], [to("sms", null)]).again).toHaveLength(1);
  });

  it("go to what has taken a contact's place, once each", () => {
    const deliveries = [past("d1", "fcm", "old-1"), past("d2", "fcm", "old-2"), past("d3", "email", "old-mail")];
    const decided = [to("apns", "new-phone"), to("email", "new-mail")];
    expect(deliveriesToRepeat(deliveries, decided)).toEqual({
      again: [
        { deliveryId: "d1", channel: "apns", contactId: "new-phone" },
        { deliveryId: "d3", channel: "email", contactId: "new-mail" },
      ],
      refused: [{ deliveryId: "d2", channel: "fcm", reason: "no_contact" }],
    });
  });

  it("never go to a contact that has it", () => {
    const deliveries = [past("d1", "fcm", "old"), past("d2", "fcm", "has-it", false)];
    expect(deliveriesToRepeat(deliveries, [to("fcm", "has-it")])).toEqual({
      again: [],
      refused: [{ deliveryId: "d1", channel: "fcm", reason: "no_contact" }],
    });
  });

  it("are refused by the rules of now", () => {
    const deliveries = [past("d1", "email", "mail"), past("d2", "apns", "phone")];
    expect(deliveriesToRepeat(deliveries, [skip("push", "no_contact"), skip("email", "opted_out")]).refused).toEqual([
      { deliveryId: "d1", channel: "email", reason: "opted_out" },
      { deliveryId: "d2", channel: "apns", reason: "no_contact" },
    ]);
  });

  it("are no new ones: a channel that was skipped, or a contact that came later, gets nothing", () => {
    const deliveries = [past("d1", "email", null, false), past("d2", "fcm", "phone")];
    expect(
      deliveriesToRepeat(deliveries, [to("fcm", "phone"), to("fcm", "tablet"), to("email", "mail")]).again,
    ).toEqual([{ deliveryId: "d2", channel: "fcm", contactId: "phone" }]);
  });
});
