import { describe, expect, it } from "vitest";
import { canMoveDelivery, DELIVERY_STATUSES, outcomeOf } from "./status.ts";

describe("the outcome of a notification", () => {
  it.each([
    [{ sent: 2, failed: 0, unknown: 0 }, "sent"],
    [{ sent: 1, failed: 1, unknown: 0 }, "partially_sent"],
    [{ sent: 1, failed: 0, unknown: 1 }, "partially_sent"],
    [{ sent: 0, failed: 1, unknown: 1 }, "unknown"],
    [{ sent: 0, failed: 2, unknown: 0 }, "failed"],
    [{ sent: 0, failed: 0, unknown: 0 }, "suppressed"],
  ])("of %j is %s", (counts, outcome) => {
    expect(outcomeOf(counts, "opted_out")).toBe(outcome);
  });

  it("names what stopped it where nothing was attempted", () => {
    const nothing = { sent: 0, failed: 0, unknown: 0 };
    expect(outcomeOf(nothing, "cancelled")).toBe("cancelled");
    expect(outcomeOf(nothing, "expired")).toBe("expired");
    expect(outcomeOf(nothing, "no_contact")).toBe("suppressed");
  });
});

describe("the moves of a delivery", () => {
  it("go back by a replay only", () => {
    const order = ["pending", "sending", "sent", "delivered", "opened", "clicked"] as const;
    for (const [index, from] of order.entries()) {
      for (const to of order.slice(0, index + 1))
        expect([from, to, canMoveDelivery(from, to)]).toEqual([from, to, false]);
    }
    const replayable = DELIVERY_STATUSES.filter((from) => canMoveDelivery(from, "pending"));
    expect(replayable.toSorted()).toEqual(["failed", "suppressed", "unknown"]);
  });

  it("let a doubt be settled by later knowledge", () => {
    expect(["sent", "delivered", "bounced", "failed"].every((to) => canMoveDelivery("unknown", to as "sent"))).toBe(
      true,
    );
  });
});
