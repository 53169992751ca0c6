import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHANNELS } from "./channel.ts";
import {
  decodeSuppressionId,
  encodeSuppressionId,
  namedAddressSchema,
  suppressionBodySchema,
  suppressionIdSchema,
} from "./suppression.ts";

describe("the id of a suppression", () => {
  it("names its channel and hash, and nothing else has such an id", () => {
    const keys = fc.record({
      channel: fc.constantFrom(...CHANNELS),
      addressHash: fc
        .uint8Array({ minLength: 32, maxLength: 32 })
        .map((bytes) => Buffer.from(bytes).toString("base64url")),
    });
    fc.assert(
      fc.property(keys, (key) => {
        const id = encodeSuppressionId(key);
        expect(suppressionIdSchema.safeParse(id).success).toBe(true);
        expect(decodeSuppressionId(id)).toEqual(key);
      }),
    );
  });

  it.each([
    "",
    "sup_email_",
    `sup_push_${"A".repeat(43)}`,
    `sup_email_${"A".repeat(42)}=`,
    `sup_email_${"A".repeat(44)}`,
  ])("is not %j", (id) => {
    expect(suppressionIdSchema.safeParse(id).success).toBe(false);
    expect(() => decodeSuppressionId(id)).toThrow();
  });
});

describe("suppressionBodySchema", () => {
  it("takes an address of any channel, spelled as it is kept, with defaults", () => {
    expect(suppressionBodySchema.parse({ channel: "email", address: "Mina@EXAMPLE.com" })).toEqual({
      channel: "email",
      address: "Mina@example.com",
      reason: "manual",
      source: "api",
    });
    expect(namedAddressSchema.parse({ channel: "sms", address: "+82 10 1234 5678" })).toEqual({
      channel: "sms",
      address: "+821012345678",
    });
  });

  it.each([
    { channel: "push", address: "token" },
    { channel: "sms", address: "mina@example.com" },
    { channel: "fcm", address: "token", reason: "Because she said so" },
    { channel: "fcm", address: "token", source: "" },
    { channel: "fcm", address: "token", app: "com.example.app" },
  ])("refuses %j", (body) => expect(suppressionBodySchema.safeParse(body).success).toBe(false));
});
