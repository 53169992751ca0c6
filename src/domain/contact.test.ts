import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHANNELS } from "./channel.ts";
import { comparableAddress, contactBodySchema, normaliseAddress } from "./contact.ts";

describe("normaliseAddress", () => {
  it.each([
    ["email", "mina@example.com", "mina@example.com"],
    ["email", "Mina.Kim+shop@Mail.EXAMPLE.com", "Mina.Kim+shop@mail.example.com"],
    ["email", "bounce@sandbox.test", "bounce@sandbox.test"],
    ["email", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example"],
    ["email", "mina@BÜCHER.example", "mina@xn--bcher-kva.example"],
    ["email", "mina@mail.例え.テスト", "mina@mail.xn--r8jz45g.xn--zckzah"],
    ["sms", "+821012345678", "+821012345678"],
    ["sms", "+82 10-1234-5678", "+821012345678"],
    ["sms", "+15005550001", "+15005550001"],
    ["sms", "+15550100", null],
    ["apns", "ABCDEF0123456789", "abcdef0123456789"],
    ["fcm", "fcm:APA91b-_x", "fcm:APA91b-_x"],
  ] as const)("takes the %s address %s", (channel, address, expected) => {
    expect(normaliseAddress(channel, address)).toBe(expected);
  });

  it.each([
    ["email", "mina"],
    ["email", "example.com"],
    ["email", "@example.com"],
    ["email", "mina@localhost"],
    ["email", "mina@example.com, eve@example.com"],
    ["email", "mina@example.com\r\nBcc: eve@example.com"],
    ["email", "mina@example.com\n"],
    ["email", " mina@example.com"],
    ["email", '"mina"@example.com'],
    ["email", "Mina <mina@example.com>"],
    ["email", "a..b@example.com"],
    ["email", ".a@example.com"],
    ["email", "mina@-example.com"],
    ["email", "mina@example.c"],
    ["email", "mina@[127.0.0.1]"],
    ["email", `${"a".repeat(65)}@example.com`],
    ["email", `a@${"b.".repeat(130)}com`],
    ["email", "mína@example.com"],
    ["email", "mina@bücher"],
    ["email", "mina@bücher..example"],
    ["email", "mina@bücher.example/x"],
    ["email", "mina@bücher.example:25"],
    ["email", "mina@bücher.example?x#y"],
    ["email", "mina@bü%63her.example"],
    ["email", "mina@bü\u00adcher.example"],
    ["email", "mina@bücher.example "],
    ["email", "mina@xn--a.ü.example"],
    ["email", "mina@１２７.０.０.１"],
    ["email", `mina@${"ü".repeat(64)}.example`],
    ["email", `${"a".repeat(64)}@${"bücher.".repeat(15)}example`],
    ["sms", "01012345678"],
    ["sms", "+1"],
    ["sms", "+1 500 555 0001 ext. 5"],
    ["sms", "+821012345678\n+821012345679"],
    ["sms", "tel:+821012345678"],
    ["apns", "xyz"],
    ["apns", "abc"],
    ["apns", "abcdef0123456789\n"],
    ["fcm", "with space"],
    ["fcm", ""],
    ["fcm", "tok\0en"],
    ["fcm", "x".repeat(2_001)],
  ] as const)("refuses the %s address %j", (channel, address) => {
    expect(normaliseAddress(channel, address)).toBeNull();
  });

  it("spells what it made the same again, and never lets a control character or space through", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CHANNELS),
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.emailAddress(),
          fc.string({ unit: "grapheme", minLength: 1 }).map((label) => `mina@${label}.example`),
        ),
        (channel, text) => {
          const once = normaliseAddress(channel, text);
          if (once === null) return;
          expect(normaliseAddress(channel, once)).toBe(once);
          expect(once).toMatch(/^[\x21-\x7e]+$/);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("comparableAddress", () => {
  it("is the same for every spelling of a mailbox or phone", () => {
    expect(comparableAddress("email", "MINA@Example.com")).toBe(comparableAddress("email", "mina@example.COM"));
    expect(comparableAddress("email", "mina@bücher.example")).toBe("mina@xn--bcher-kva.example");
    expect(comparableAddress("sms", "+82 10 1234 5678")).toBe("+821012345678");
    expect(comparableAddress("fcm", "Abc")).not.toBe(comparableAddress("fcm", "abc"));
  });
});

describe("contactBodySchema", () => {
  it("takes an app for devices and a primary for the others, and nothing else", () => {
    const email = { channel: "email", address: "mina@example.com" };
    const device = { channel: "fcm", address: "token" };
    expect(contactBodySchema.parse(email)).toEqual({ ...email, primary: null });
    expect(contactBodySchema.parse({ ...device, app: "com.example.app" })).toEqual({
      ...device,
      app: "com.example.app",
    });
    expect(contactBodySchema.safeParse({ ...email, app: "com.example.app" }).success).toBe(false);
    expect(contactBodySchema.safeParse({ ...device, primary: true }).success).toBe(false);
    expect(contactBodySchema.safeParse({ ...email, channel: "push" }).success).toBe(false);
  });
});
