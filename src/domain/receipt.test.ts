import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type DeliveryFacts,
  effectOf,
  effectOfReading,
  RECEIPT_TYPES,
  type ReceiptType,
  type Verdict,
} from "./receipt.ts";
import { canMoveDelivery, DELIVERY_STATUSES, type DeliveryStatus } from "./status.ts";

const LAST = { latest: true, open: false, partly: false, refused: false, doubted: false, partsLeft: 0 };

/** A delivery, and how its notification counts it. */
type Known = DeliveryFacts & { counted: Verdict };

const closed = (status: "sent" | "unknown" | "failed"): Known => ({
  status,
  certainlySent: status === "sent",
  calling: false,
  counted: status,
});

/** One receipt after the other, as the database does it. */
function told(delivery: Known, types: readonly ReceiptType[], attempt = LAST): Known {
  return types.reduce((known, type) => {
    const effect = effectOf(type, attempt, known);
    if (effect.kind === "close") {
      return told({ ...closed(effect.as), calling: false }, [type], { ...attempt, open: false });
    }
    if (effect.kind !== "move") return known;
    expect(effect.from).toBe(known.counted);
    return { ...known, status: effect.status, certainlySent: effect.certainlySent, counted: effect.to };
  }, delivery);
}

const types = fc.array(fc.constantFrom(...RECEIPT_TYPES), { minLength: 1, maxLength: 12 });
const starts = fc.constantFrom(closed("sent"), closed("unknown"), closed("failed"));

describe("the receipts of a message", () => {
  it("come to the same in whatever order, and however often, they are told", () => {
    fc.assert(
      fc.property(
        starts,
        types.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list, ...list], { minLength: 0 })),
        ),
        (start, [list, more]) => {
          expect(told(start, [...more, ...list.toReversed()])).toEqual(told(start, list));
        },
      ),
    );
  });

  it("never take a delivery back", () => {
    fc.assert(
      fc.property(starts, types, (start, list) => {
        let before = start;
        for (const type of list) {
          const after = told(before, [type]);
          if (after.status !== before.status) expect(canMoveDelivery(before.status, after.status)).toBe(true);
          expect(before.certainlySent && !after.certainlySent).toBe(false);
          before = after;
        }
      }),
    );
  });

  it.each<[DeliveryStatus, ReceiptType[], DeliveryStatus, Verdict]>([
    ["unknown", ["sent"], "sent", "sent"],
    ["unknown", ["delivered"], "delivered", "sent"],
    ["unknown", ["bounced"], "bounced", "failed"],
    ["unknown", ["failed"], "failed", "failed"],
    ["sent", ["bounced"], "bounced", "sent"],
    ["sent", ["clicked", "delivered"], "clicked", "sent"],
    ["sent", ["opened", "bounced"], "opened", "sent"],
    ["sent", ["failed", "delivered"], "delivered", "sent"],
    ["sent", ["complained", "clicked"], "complained", "sent"],
    ["sent", ["unsubscribed"], "sent", "sent"],
  ])("make of %s, told %j, %s, counted as %s", (from, list, status, counted) => {
    expect(told(closed(from as "sent"), list)).toMatchObject({ status, counted });
  });

  it("end a delivery that waits for a retry, or for the answer to its call", () => {
    const waiting: Known = { status: "sending", certainlySent: false, calling: false, counted: "unknown" };
    expect(told(waiting, ["delivered"])).toMatchObject({ status: "delivered", counted: "sent" });
    expect(told(waiting, ["bounced"])).toMatchObject({ status: "bounced", counted: "failed" });
    expect(told(waiting, ["bounced"], { ...LAST, open: true })).toMatchObject({
      status: "bounced",
      counted: "sent",
    });
  });

  it("leave it to the answer of the call whether what has failed meanwhile was taken", () => {
    const calling = { status: "sending", certainlySent: false, calling: false } as const;
    expect(effectOf("failed", { ...LAST, open: true }, calling)).toEqual({ kind: "defer" });
  });

  it("end no retry of an attempt that the provider had refused, and nothing that is still to be attempted", () => {
    const waiting = { status: "sending", certainlySent: false, calling: false } as const;
    for (const type of ["failed", "bounced"] as const) {
      expect(effectOf(type, { ...LAST, refused: true }, waiting)).toEqual({ kind: "note" });
      expect(effectOf(type, LAST, { ...waiting, status: "pending" })).toEqual({ kind: "note" });
    }
    expect(effectOf("delivered", LAST, { ...waiting, status: "pending" })).toEqual({ kind: "close", as: "sent" });
  });

  it("wait for another attempt's call", () => {
    const facts = { status: "sending", certainlySent: false, calling: true } as const;
    expect(effectOf("delivered", { ...LAST, latest: false }, facts)).toEqual({
      kind: "wait",
    });
  });

  it("say nothing about a later attempt where they are bad", () => {
    const earlier = { ...LAST, latest: false };
    expect(effectOf("bounced", earlier, closed("sent"))).toEqual({ kind: "note" });
    expect(effectOf("delivered", earlier, closed("unknown"))).toMatchObject({ kind: "move", status: "delivered" });
  });

  it("of a part, say that the text was delivered once it is the last one, and that it failed in any case", () => {
    const part = { ...LAST, partsLeft: 1 };
    expect(told(closed("sent"), ["delivered"], part)).toMatchObject({ status: "sent" });
    expect(told(closed("unknown"), ["delivered"], part)).toMatchObject({ status: "sent", counted: "sent" });
    expect(told(closed("sent"), ["failed"], part)).toMatchObject({ status: "failed" });
    expect(told(closed("sent"), ["delivered"])).toMatchObject({ status: "delivered" });
  });

  it("leave in doubt what an earlier attempt may have brought, however the last one ended", () => {
    const second = { ...LAST, doubted: true };
    const waiting: Known = { status: "sending", certainlySent: false, calling: false, counted: "unknown" };
    for (const bad of ["failed", "bounced"] as const) {
      expect(told(closed("unknown"), [bad], second)).toMatchObject({ status: "unknown", counted: "unknown" });
      expect(told(waiting, [bad], second)).toMatchObject({ status: "unknown", counted: "unknown" });
      expect(told(closed("sent"), [bad], second)).toMatchObject({ status: bad, counted: "sent" });
    }
    expect(told(closed("unknown"), ["failed", "delivered"], second)).toMatchObject({ status: "delivered" });
  });

  it("change nothing where nothing was to be sent", () => {
    for (const status of DELIVERY_STATUSES.filter((word) => ["suppressed", "cancelled", "expired"].includes(word))) {
      expect(effectOf("delivered", LAST, { status, certainlySent: false, calling: false })).toEqual({ kind: "note" });
    }
  });
});

describe("a pixel or a link of a mail", () => {
  it("counts as a provider's word does once its delivery is closed", () => {
    fc.assert(
      fc.property(starts, fc.constantFrom("opened", "clicked" as const), (delivery, type) => {
        expect(effectOfReading(type, LAST, delivery)).toEqual(effectOf(type, LAST, delivery));
      }),
    );
  });

  it("ends nothing before, since a scanner may have loaded it of a mail that is refused after all", () => {
    for (const status of ["pending", "sending"] as const) {
      for (const open of [true, false]) {
        const facts = { status, certainlySent: false, calling: false };
        expect(effectOfReading("clicked", { ...LAST, open, refused: !open }, facts)).toEqual({ kind: "defer" });
      }
    }
  });

  it("says nothing of a mail that its provider refused", () => {
    for (const delivery of [closed("failed"), closed("sent")]) {
      expect(effectOfReading("opened", { ...LAST, refused: true }, delivery)).toEqual({ kind: "note" });
    }
  });
});
