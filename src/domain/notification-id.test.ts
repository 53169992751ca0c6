import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientIdSchema, decodeNotificationId, encodeNotificationId, eventIdSchema } from "./notification-id.ts";

const clientId = fc.stringMatching(/^[a-z0-9-]{2,32}$/).filter((id) => clientIdSchema.safeParse(id).success);
const eventId = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
  .filter((text) => eventIdSchema.safeParse(text).success);

describe("a notification's id", () => {
  it("leads back to its client and event ID, whatever they are", () => {
    fc.assert(
      fc.property(clientId, eventId, (client, event) => {
        const key = { clientId: client, eventId: event };
        expect(decodeNotificationId(encodeNotificationId(key))).toEqual(key);
      }),
    );
  });

  it("differs for every key, since the first colon separates", () => {
    expect(encodeNotificationId({ clientId: "aa", eventId: "b:c" })).not.toBe(
      encodeNotificationId({ clientId: "aab", eventId: ":c" }),
    );
  });

  it("has one spelling", () => {
    const id = encodeNotificationId({ clientId: "shop", eventId: "order-1" });
    for (const other of [`${id}=`, `${id}AAAAA`, id.toUpperCase(), id.slice(4), "ntf_", "ntf_%%%", "ntf_A", ""]) {
      expect(decodeNotificationId(other)).toBeNull();
    }
  });

  it("is nobody's where the bytes are no UTF-8", () => {
    const id = `ntf_${Buffer.from([...Buffer.from("shop:"), 0xff, 0xfe]).toString("base64url")}`;
    expect(decodeNotificationId(id)).toBeNull();
  });
});

describe("a client ID", () => {
  it.each(["a", "A-shop", "a_b", "a".repeat(33), "constructor", "prototype"])("is refused: %j", (id) => {
    expect(clientIdSchema.safeParse(id).success).toBe(false);
  });
});

describe("an event ID", () => {
  it.each(["", "a\u0000b", "tab\there", "\ud800", "x".repeat(201), "ü".repeat(101), "\u0085"])(
    "is refused: %j",
    (text) => {
      expect(eventIdSchema.safeParse(text).success).toBe(false);
    },
  );

  it.each(["order-1", "ü".repeat(100), "a:b:c", "😀"])("is taken: %j", (text) => {
    expect(eventIdSchema.safeParse(text).success).toBe(true);
  });
});
